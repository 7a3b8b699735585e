package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sallyport.testdata.Seed;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The extension types beside plain models of them: big numbers for addresses, decimals and
/// durations, the JDK's calendar for dates (Cedar: extension types; RFC 80 and 110 of Cedar).
class ExtensionTypesTest {
  private static Value read(String function, String text) {
    return Extension.of(function).orElseThrow().apply(List.of(Value.of(text)));
  }

  private static boolean isTaken(String function, String text) {
    try {
      var _ = read(function, text);
      return true;
    } catch (EvaluationError refused) {
      return false;
    }
  }

  private static <T> T one(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  // ---- IP addresses ----

  /// An address as one number, and its prefix.
  private record Address(boolean v6, BigInteger number, int prefix) {
    int bits() {
      return v6 ? 128 : 32;
    }

    BigInteger first() {
      return number.shiftRight(bits() - prefix).shiftLeft(bits() - prefix);
    }

    BigInteger last() {
      return first().add(BigInteger.ONE.shiftLeft(bits() - prefix)).subtract(BigInteger.ONE);
    }

    boolean isIn(Address other) {
      return v6 == other.v6
          && prefix >= other.prefix
          && other.first().compareTo(number) <= 0
          && number.compareTo(other.last()) <= 0;
    }

    /// All groups written out.
    String full() {
      int group = v6 ? 16 : 8;
      return IntStream.iterate(bits() - group, shift -> shift >= 0, shift -> shift - group)
              .map(shift -> number.shiftRight(shift).intValue() & ((1 << group) - 1))
              .mapToObj(part -> v6 ? Integer.toHexString(part) : Integer.toString(part))
              .collect(Collectors.joining(v6 ? ":" : "."))
          + "/"
          + prefix;
    }

    static Address any(Random random) {
      boolean v6 = random.nextBoolean();
      int bits = v6 ? 128 : 32;
      var number = new BigInteger(bits, random);
      // Much of it is alike, so that ranges meet.
      number =
          switch (random.nextInt(4)) {
            case 0 -> number.shiftRight(random.nextInt(bits + 1));
            case 1 ->
                BigInteger.ONE
                    .shiftLeft(bits)
                    .subtract(BigInteger.ONE)
                    .subtract(number.shiftRight(random.nextInt(bits + 1)));
            case 2 -> BigInteger.valueOf(random.nextInt(3));
            default -> number;
          };
      int prefix =
          random.nextInt(3) == 0
              ? one(random, List.of(0, 1, bits / 2 - 1, bits / 2, bits / 2 + 1, bits - 1, bits))
              : random.nextInt(bits + 1);
      return new Address(v6, number, prefix);
    }

    /// One that differs in a single bit, so that a wrong prefix shows.
    Address near(Random random) {
      return new Address(v6, number.flipBit(random.nextInt(bits())), random.nextInt(bits() + 1));
    }
  }

  private static boolean ask(String function, Value... of) {
    return Extension.of(function).orElseThrow().apply(List.of(of)).equals(Value.of(true));
  }

  @Test
  void an_address_is_the_number_it_writes() {
    Seed.forAll(
        3_000,
        random -> {
          Address address = Address.any(random);
          Value value = read("ip", address.full());
          assertThat(value).hasToString("ip(\"" + address.full() + "\")");
          assertThat(read("ip", address.full().toUpperCase(Locale.ROOT))).isEqualTo(value);
          if (address.prefix() == address.bits()) {
            assertThat(read("ip", address.full().replaceAll("/.*", ""))).isEqualTo(value);
          }
          assertThat(ask("isIpv6", value)).isEqualTo(address.v6());
          assertThat(ask("isIpv4", value)).isNotEqualTo(address.v6());
        });
  }

  @Test
  void a_range_is_in_another_where_each_of_its_addresses_is() {
    int[] seen = new int[2];
    Seed.forAll(
        10_000,
        random -> {
          Address one = Address.any(random);
          Address other = random.nextInt(4) == 0 ? Address.any(random) : one.near(random);
          boolean in = one.isIn(other);
          seen[in ? 0 : 1]++;
          assertThat(ask("isInRange", read("ip", one.full()), read("ip", other.full())))
              .as("%s in %s", one.full(), other.full())
              .isEqualTo(in);
        });
    assertThat(seen[0]).isGreaterThan(1_000);
    assertThat(seen[1]).isGreaterThan(1_000);
  }

  private static Address address(boolean v6, String hex, int prefix) {
    return new Address(v6, new BigInteger(hex, 16), prefix);
  }

  @Test
  void loopback_and_multicast_are_ranges_of_their_standards() {
    Address loopback = address(false, "7f000000", 8);
    Address multicast = address(false, "e0000000", 4);
    Address multicast6 = address(true, "ff" + "0".repeat(30), 8);
    Address loopback6 = address(true, "1", 128);
    Seed.forAll(
        6_000,
        random -> {
          Address of =
              one(
                  random,
                  List.of(
                      Address.any(random),
                      loopback.near(random),
                      multicast.near(random),
                      multicast6.near(random),
                      loopback6.near(random)));
          of =
              new Address(
                  of.v6(),
                  of.number(),
                  one(
                      random,
                      List.of(of.prefix(), of.bits(), of.v6() ? 8 : 4, 7, 8, 3, 127 % of.bits())));
          Value value = read("ip", of.full());
          assertThat(ask("isLoopback", value))
              .as(of.full())
              .isEqualTo(of.isIn(loopback) || of.isIn(loopback6));
          assertThat(ask("isMulticast", value))
              .as(of.full())
              .isEqualTo(of.isIn(multicast) || of.isIn(multicast6));
        });
    for (String one : List.of("::1", "::1/128", "127.0.0.0/8", "127.255.255.255", "127.1.2.3/9")) {
      assertThat(ask("isLoopback", read("ip", one))).as(one).isTrue();
    }
    for (String none :
        List.of(
            "::1/127", "::", "::2", "1::1", "127.0.0.0/7", "126.0.0.1", "128.0.0.1", "0.0.0.1")) {
      assertThat(ask("isLoopback", read("ip", none))).as(none).isFalse();
    }
    for (String one : List.of("224.0.0.0/4", "239.255.255.255", "ff00::/8", "ffff::1")) {
      assertThat(ask("isMulticast", read("ip", one))).as(one).isTrue();
    }
    for (String none :
        List.of("224.0.0.0/3", "223.255.255.255", "240.0.0.0", "ff00::/7", "feff::1", "fe00::/8")) {
      assertThat(ask("isMulticast", read("ip", none))).as(none).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "::,0:0:0:0:0:0:0:0/128",
    "::1,0:0:0:0:0:0:0:1/128",
    "1::,1:0:0:0:0:0:0:0/128",
    "1::8,1:0:0:0:0:0:0:8/128",
    "1:2:3::6:7:8/64,1:2:3:0:0:6:7:8/64",
    "1:2:3:4:5:6:7::,1:2:3:4:5:6:7:0/128",
    "::2:3:4:5:6:7:8,0:2:3:4:5:6:7:8/128",
    "1:2:3:4::5:6:7,1:2:3:4:0:5:6:7/128",
    "00aB::0001/0,ab:0:0:0:0:0:0:1/0",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
    "255.255.255.255/9,255.255.255.255/9",
    "0.0.0.0,0.0.0.0/32",
  })
  void a_gap_is_as_many_zeros_as_are_missing(String text, String full) {
    assertThat(read("ip", text)).hasToString("ip(\"" + full + "\")");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        ":",
        ":::",
        "/",
        "1",
        "1.2.3",
        "1.2.3.4.",
        ".1.2.3.4",
        "1.2.3.4.5",
        "1..2.3",
        "1.2.3.256",
        "1.2.3.999",
        "1.2.3.1000",
        "01.2.3.4",
        "00.2.3.4",
        "1.2.3.04",
        "1.2.3.-4",
        "1.2.3.+4",
        "1,2,3,4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.a",
        "1.2.3./8",
        "1.2.3.4/",
        "1.2.3.4/33",
        "1.2.3.4/032",
        "1.2.3.4/08",
        "1.2.3.4/00",
        "1.2.3.4/+8",
        "1.2.3.4/8/8",
        "1.2.3.4/a",
        "1.2.3.4/100",
        "\u0661.2.3.4",
        "1.2.3.4/\u0668",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1::2::3",
        ":1::2",
        "1::2:",
        "1:::2",
        "12345::",
        "g::",
        "::-1",
        "::+1",
        "::1 ",
        "::ffff:1.2.3.4",
        "fe80::1%1",
        "::\uFF11",
        "::\u0661",
        "::/129",
        "::/0128",
        "::/00",
        "::/1000",
        "::/-1",
        "::/",
        "[::1]",
        "1:2:3:4:5:6:7:",
        ":2:3:4:5:6:7:8",
        "00001::",
        "1111:2222:3333:4444:5555:6666:7777:8888/1288"
      })
  void what_is_no_address_is_refused(String text) {
    assertThat(isTaken("ip", text)).isFalse();
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Value.ip(text))
        .withMessage("not an IP address: " + Value.quoted(text));
  }

  @Test
  void what_is_an_address_is_read_for_whoever_builds_a_request() {
    assertThat(Value.ip("10.0.0.0/8")).isEqualTo(read("ip", "10.0.0.0/8"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "9.9.9.9/9",
        "199.200.249.250/10",
        "::/9",
        "9::/99",
        "::/100",
        "aA:Ff::0/128"
      })
  void digits_run_from_zero_to_nine(String text) {
    assertThat(isTaken("ip", text)).isTrue();
  }

  // ---- decimals ----

  @Test
  void a_decimal_is_the_number_it_writes_where_that_fits_64_bits() {
    var most = new BigDecimal("922337203685477.5807");
    var least = new BigDecimal("-922337203685477.5808");
    int[] seen = new int[2];
    Seed.forAll(
        5_000,
        random -> {
          var near = random.nextBoolean() ? most : least;
          BigDecimal number =
              switch (random.nextInt(4)) {
                case 0 -> near.add(BigDecimal.valueOf(random.nextInt(5) - 2, 4));
                case 1 -> near.add(BigDecimal.valueOf(random.nextInt(5) - 2));
                case 2 -> BigDecimal.valueOf(random.nextInt(30_000) - 15_000, 4);
                default -> BigDecimal.valueOf(random.nextLong(), 1 + random.nextInt(4));
              };
          String text = number.toPlainString();
          boolean fits = number.compareTo(least) >= 0 && number.compareTo(most) <= 0;
          seen[fits ? 0 : 1]++;
          assertThat(isTaken("decimal", text)).as(text).isEqualTo(fits);
          if (fits) {
            assertThat(read("decimal", text))
                .isEqualTo(new Decimal(number.movePointRight(4).longValueExact()))
                .hasToString("decimal(\"" + number.setScale(4).toPlainString() + "\")");
          }
        });
    assertThat(seen[0]).isGreaterThan(1_000);
    assertThat(seen[1]).isGreaterThan(500);
    assertThat(read("decimal", "-0.0")).hasToString("decimal(\"0.0000\")");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "-",
        "-.",
        "1",
        "-1",
        "1.",
        "-1.",
        ".1",
        "-.1",
        "1.00000",
        "1.0.0",
        "+1.0",
        "--1.0",
        "1.-0",
        "1.+0",
        "-1.-5",
        "1e1.0",
        "1.e1",
        " 1.0",
        "1.0 ",
        "1,0",
        "\u0661.0",
        "1.\u0661",
        "a.0",
        "1.a",
        "/.0",
        ":.0",
        "1./",
        "1.:",
        "99999999999999999999.0",
        "1_0.0"
      })
  void what_is_no_decimal_is_refused(String text) {
    assertThat(isTaken("decimal", text)).isFalse();
  }

  @Test
  void decimals_have_the_order_of_their_numbers() {
    Seed.forAll(
        1_000,
        random -> {
          BigDecimal one = BigDecimal.valueOf(random.nextInt(7) - 3, 4);
          BigDecimal other = BigDecimal.valueOf(random.nextInt(7) - 3, 4);
          Value left = read("decimal", one.toPlainString());
          Value right = read("decimal", other.toPlainString());
          int order = one.compareTo(other);
          assertThat(ask("lessThan", left, right)).isEqualTo(order < 0);
          assertThat(ask("lessThanOrEqual", left, right)).isEqualTo(order <= 0);
          assertThat(ask("greaterThan", left, right)).isEqualTo(order > 0);
          assertThat(ask("greaterThanOrEqual", left, right)).isEqualTo(order >= 0);
        });
  }

  // ---- dates ----

  private static final long DAY = 86_400_000L;

  private static Datetime datetime(String text) {
    return (Datetime) read("datetime", text);
  }

  @Test
  void a_date_and_time_is_its_milliseconds_since_1970() {
    Seed.forAll(
        3_000,
        random -> {
          LocalDateTime time =
              LocalDateTime.of(
                  random.nextInt(10_000),
                  1 + random.nextInt(12),
                  1 + random.nextInt(28),
                  one(random, List.of(0, 23, random.nextInt(24))),
                  one(random, List.of(0, 59, random.nextInt(60))),
                  one(random, List.of(0, 59, random.nextInt(60))));
          int millisecond = random.nextBoolean() ? random.nextInt(1_000) : 0;
          int hours = one(random, List.of(0, 23, random.nextInt(24)));
          int minutes = one(random, List.of(0, 59, random.nextInt(60)));
          String sign = random.nextBoolean() ? "+" : "-";
          long milliseconds = time.toEpochSecond(ZoneOffset.UTC) * 1_000 + millisecond;
          String text =
              "%04d-%02d-%02dT%02d:%02d:%02d"
                      .formatted(
                          time.getYear(),
                          time.getMonthValue(),
                          time.getDayOfMonth(),
                          time.getHour(),
                          time.getMinute(),
                          time.getSecond())
                  + (millisecond == 0 && random.nextBoolean()
                      ? ""
                      : ".%03d".formatted(millisecond));
          assertThat(datetime(text + "Z").epochMilliseconds()).isEqualTo(milliseconds);
          long ahead = (hours * 60L + minutes) * 60_000 * (sign.equals("+") ? 1 : -1);
          assertThat(
                  datetime("%s%s%02d%02d".formatted(text, sign, hours, minutes))
                      .epochMilliseconds())
              .isEqualTo(milliseconds - ahead);
          assertThat(datetime(text.substring(0, 10)).epochMilliseconds())
              .isEqualTo(time.toLocalDate().toEpochDay() * DAY);
          assertThat(isTaken("datetime", text)).isFalse();
        });
  }

  @Test
  void a_date_and_its_time_of_day_make_the_whole_also_before_1970() {
    Seed.forAll(
        2_000,
        random -> {
          long milliseconds =
              random.nextBoolean()
                  ? random.nextInt(5) * DAY - 2 * DAY + random.nextInt(3) - 1
                  : random.nextLong() / 2;
          var of = new Datetime(milliseconds);
          var date = (Datetime) Extension.TO_DATE.apply(List.of(of));
          var time = (Duration) Extension.TO_TIME.apply(List.of(of));
          assertThat(date.epochMilliseconds() % DAY).isZero();
          assertThat(time.milliseconds()).isBetween(0L, DAY - 1);
          assertThat(Extension.OFFSET.apply(List.of(date, time))).isEqualTo(of);
          assertThat(Extension.DURATION_SINCE.apply(List.of(of, date))).isEqualTo(time);
        });
    assertThat(new Datetime(-1)).hasToString("datetime(\"1970-01-01\").offset(duration(\"-1ms\"))");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2024",
        "2024-01",
        "2024-1-1",
        "2024-00-01",
        "2024-13-01",
        "2024-01-00",
        "2024-01-32",
        "2023-02-29",
        "2024-04-31",
        "12024-01-01",
        "+2024-01-01",
        "-2024-01-01",
        "2024-01-01T",
        "2024-01-01Z",
        "2024-01-01T00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T23:59:60Z",
        "2024-01-01T00:00:00.1Z",
        "2024-01-01T00:00:00.1234Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+2400",
        "2024-01-01T00:00:00-2400",
        "2024-01-01T00:00:00+0060",
        "2024-01-01T00:00:00-0099",
        "2024-01-01T00:00:00+01:00",
        "2024-01-01T00:00:00+01",
        "2024-01-01t00:00:00Z",
        "2024-01-01T00:00:00z",
        "2024-01-01 00:00:00Z",
        " 2024-01-01",
        "2024-01-01 ",
        "2024-01-01\n",
        "\u0662024-01-01",
        "2024-01-01T00:00:00Z0",
        "2024/01/01",
        "0000-00-00"
      })
  void what_is_no_date_is_refused(String text) {
    assertThat(isTaken("datetime", text)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2024-02-29",
        "2000-02-29",
        "0000-01-01",
        "9999-12-31T23:59:59.999-2359",
        "0000-01-01T00:00:00+2359"
      })
  void the_ends_of_the_calendar_are_dates(String text) {
    assertThat(isTaken("datetime", text)).isTrue();
  }

  // ---- durations ----

  private static final List<String> UNITS = List.of("d", "h", "m", "s", "ms");
  private static final List<Long> MILLISECONDS = List.of(DAY, 3_600_000L, 60_000L, 1_000L, 1L);

  @Test
  void a_duration_is_the_sum_of_its_parts_where_that_fits_64_bits() {
    int[] seen = new int[2];
    Seed.forAll(
        5_000,
        random -> {
          boolean negative = random.nextBoolean();
          var text = new StringBuilder(negative ? "-" : "");
          BigInteger sum = BigInteger.ZERO;
          boolean partsFit = true;
          boolean near = random.nextInt(3) == 0;
          for (int unit = 0; unit < 5; unit++) {
            long most = Long.MAX_VALUE / MILLISECONDS.get(unit);
            long count = near && unit == 0 ? most : random.nextInt(100);
            if (near && unit == 4) {
              // What is missing to the last one that fits, or one less or two more.
              BigInteger rest = BigInteger.valueOf(Long.MAX_VALUE).subtract(sum.abs());
              count = Math.max(0, rest.longValue() + random.nextInt(4) - 1);
            } else if (near && unit > 0 && random.nextBoolean()) {
              count = 0;
            }
            if (unit == 4 || random.nextBoolean() || (near && unit == 0)) {
              text.append(random.nextInt(5) == 0 ? "00" : "").append(count).append(UNITS.get(unit));
              BigInteger part =
                  BigInteger.valueOf(count).multiply(BigInteger.valueOf(MILLISECONDS.get(unit)));
              sum = negative ? sum.subtract(part) : sum.add(part);
              partsFit &= sum.bitLength() < 64;
            }
          }
          seen[partsFit ? 0 : 1]++;
          assertThat(isTaken("duration", text.toString())).as(text.toString()).isEqualTo(partsFit);
          if (partsFit) {
            assertThat(read("duration", text.toString()))
                .isEqualTo(new Duration(sum.longValueExact()));
            assertThat(read("duration", text.toString()))
                .hasToString("duration(\"" + sum + "ms\")");
          }
        });
    assertThat(seen[0]).isGreaterThan(1_000);
    assertThat(seen[1]).isGreaterThan(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "1",
        "d",
        "ms",
        "-ms",
        "+1d",
        "1D",
        "1 d",
        " 1d",
        "1d ",
        "1h1d",
        "1m1h",
        "1ms1s",
        "1s1m",
        "1d1d",
        "1ms1ms",
        "1.5h",
        "-1d-1h",
        "--1d",
        "1d-",
        "1dh",
        "\u0661d",
        "1n",
        "9223372036854775808ms",
        "-9223372036854775809ms",
        "106751991168d",
        "99999999999999999999d"
      })
  void what_is_no_duration_is_refused(String text) {
    assertThat(isTaken("duration", text)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "1m,60000",
    "1ms,1",
    "1m1ms,60001",
    "1s1ms,1001",
    "-1m1s,-61000",
    "0d,0",
    "-0ms,0",
    "-9223372036854775808ms,-9223372036854775808"
  })
  void minutes_and_milliseconds_are_told_apart(String text, long milliseconds) {
    assertThat(read("duration", text)).isEqualTo(new Duration(milliseconds));
  }

  @Test
  void whole_units_are_cut_towards_zero() {
    Seed.forAll(
        1_000,
        random -> {
          long milliseconds = random.nextBoolean() ? random.nextLong() : random.nextInt();
          for (int unit = 0; unit < 5; unit++) {
            Extension to =
                List.of(
                        Extension.TO_DAYS,
                        Extension.TO_HOURS,
                        Extension.TO_MINUTES,
                        Extension.TO_SECONDS,
                        Extension.TO_MILLISECONDS)
                    .get(unit);
            assertThat(to.apply(List.of(new Duration(milliseconds))))
                .isEqualTo(
                    Value.of(
                        BigInteger.valueOf(milliseconds)
                            .divide(BigInteger.valueOf(MILLISECONDS.get(unit)))
                            .longValueExact()));
          }
        });
  }

  // ---- all of them ----

  @Test
  void a_function_is_found_by_its_word_and_takes_what_its_signature_says() {
    for (Extension function : Extension.values()) {
      assertThat(Extension.of(function.word())).contains(function);
      int wanted = function.parameters().size();
      for (int given = 0; given <= 3; given++) {
        List<Value> arguments = Stream.generate(() -> Value.of(true)).limit(given).toList();
        assertThatExceptionOfType(EvaluationError.class)
            .isThrownBy(() -> function.apply(arguments))
            .withMessage(
                given == wanted
                    ? "expected " + function.parameters().getFirst() + ", got Bool"
                    : "`%s` takes %d arguments, not %d".formatted(function.word(), wanted, given));
      }
      assertThat(function.isMethod())
          .as("only what makes a value of a String is a function")
          .isNotEqualTo(function.parameters().equals(List.of(Kind.STRING)));
    }
    assertThat(Extension.of("Ip")).isEmpty();
    assertThat(Extension.IS_IN_RANGE.parameters())
        .isEqualTo(List.of(new Kind.Plain("ipaddr"), new Kind.Plain("ipaddr")));
    assertThat(Extension.IS_IN_RANGE.result()).isEqualTo(Kind.Truth.EITHER);
    assertThat(Extension.TO_DAYS.result()).isEqualTo(Kind.LONG);
    assertThat(Extension.OFFSET.result()).isEqualTo(new Kind.Plain("datetime"));
  }

  @Test
  void the_second_argument_has_its_own_type() {
    assertThatExceptionOfType(EvaluationError.class)
        .isThrownBy(() -> Extension.OFFSET.apply(List.of(new Datetime(0), new Datetime(0))))
        .withMessage("expected duration, got datetime");
  }
}
