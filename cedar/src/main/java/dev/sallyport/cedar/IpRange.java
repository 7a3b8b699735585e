package dev.sallyport.cedar;

import java.math.BigInteger;

/// Extension type `ipaddr`: an address and a prefix length, IPv4 (32 bits) or IPv6 (128 bits).
record IpRange(boolean v6, BigInteger address, int prefix) implements Value {
  private static final int MAX_LENGTH = 43;

  /// Reads `address[/prefix]` in the strict forms of RFC 4632 and RFC 4291; IPv4 inside IPv6, zones
  /// and leading zeros are refused.
  static IpRange parse(String text) {
    if (text.length() > MAX_LENGTH) {
      throw refused(text);
    }
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    boolean v6 = address.indexOf(':') >= 0;
    int bits = v6 ? 128 : 32;
    int prefix = bits;
    if (slash >= 0) {
      String digits = text.substring(slash + 1);
      if (!Numbers.areDigits(digits)
          || digits.length() > (v6 ? 3 : 2)
          || (digits.length() > 1 && digits.startsWith("0"))) {
        throw refused(text);
      }
      prefix = Integer.parseInt(digits);
      if (prefix > bits) {
        throw refused(text);
      }
    }
    return new IpRange(v6, v6 ? parseV6(text, address) : parseV4(text, address), prefix);
  }

  private static BigInteger parseV4(String text, String address) {
    String[] parts = address.split("\\.", -1);
    if (parts.length != 4) {
      throw refused(text);
    }
    long value = 0;
    for (String part : parts) {
      if (!Numbers.areDigits(part)
          || part.length() > 3
          || (part.length() > 1 && part.startsWith("0"))
          || Integer.parseInt(part) > 255) {
        throw refused(text);
      }
      value = value * 256 + Integer.parseInt(part);
    }
    return BigInteger.valueOf(value);
  }

  private static BigInteger parseV6(String text, String address) {
    int gap = address.indexOf("::");
    if (gap < 0) {
      String[] groups = address.split(":", -1);
      if (groups.length != 8) {
        throw refused(text);
      }
      return joined(text, groups);
    }
    if (address.indexOf("::", gap + 1) >= 0) {
      throw refused(text);
    }
    String[] head = gap == 0 ? new String[0] : address.substring(0, gap).split(":", -1);
    String after = address.substring(gap + 2);
    String[] tail = after.isEmpty() ? new String[0] : after.split(":", -1);
    int zeros = 8 - head.length - tail.length;
    if (zeros < 1) {
      throw refused(text);
    }
    return joined(text, head).shiftLeft(16 * (zeros + tail.length)).or(joined(text, tail));
  }

  private static BigInteger joined(String text, String[] groups) {
    BigInteger value = BigInteger.ZERO;
    for (String group : groups) {
      boolean hex = group.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0);
      if (group.isEmpty() || group.length() > 4 || !hex) {
        throw refused(text);
      }
      value = value.shiftLeft(16).or(BigInteger.valueOf(Integer.parseInt(group, 16)));
    }
    return value;
  }

  /// 127.0.0.0/8 or ::1, the whole range.
  boolean isLoopback() {
    return v6
        ? prefix == 128 && address.equals(BigInteger.ONE)
        : prefix >= 8 && address.shiftRight(24).intValue() == 127;
  }

  /// 224.0.0.0/4 or ff00::/8, the whole range.
  boolean isMulticast() {
    return v6
        ? prefix >= 8 && address.shiftRight(120).intValue() == 0xff
        : prefix >= 4 && address.shiftRight(28).intValue() == 0xe;
  }

  /// Whether every address of this lies in `other`.
  boolean isIn(IpRange other) {
    int dropped = bits() - other.prefix;
    return v6 == other.v6
        && prefix >= other.prefix
        && address.shiftRight(dropped).equals(other.address.shiftRight(dropped));
  }

  private int bits() {
    return v6 ? 128 : 32;
  }

  private static EvaluationError refused(String text) {
    return new EvaluationError("not an IP address: " + Value.quoted(text));
  }

  @Override
  public String toString() {
    var out = new StringBuilder("ip(\"");
    int group = v6 ? 16 : 8;
    for (int shift = bits() - group; shift >= 0; shift -= group) {
      int part = address.shiftRight(shift).intValue() & (v6 ? 0xffff : 0xff);
      out.append(v6 ? Integer.toHexString(part) : Integer.toString(part));
      out.append(shift == 0 ? "/" : v6 ? ":" : ".");
    }
    return out.append(prefix).append("\")").toString();
  }
}
