package dev.sallyport.cedar;

/// Extension type `ipaddr`: an address and a prefix length, IPv4 (32 bits) or IPv6 (128 bits).
///
/// @param high the upper 64 bits of an IPv6 address, else 0
/// @param low the lower 64 bits, or all 32 of an IPv4 address
record IpRange(boolean v6, long high, long low, int prefix) implements Value {
  private static final int MAX_LENGTH = 43;
  private static final String HEX = "0123456789abcdefABCDEF";

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
    return v6
        ? parseV6(text, address, prefix)
        : new IpRange(false, 0, parseV4(text, address), prefix);
  }

  private static long parseV4(String text, String address) {
    long value = 0;
    int parts = 0;
    int at = 0;
    while (true) {
      int start = at;
      int part = 0;
      while (at < address.length() && at - start < 3 && Numbers.isDigit(address.charAt(at))) {
        part = 10 * part + (address.charAt(at++) - '0');
      }
      boolean zeros = at - start > 1 && address.charAt(start) == '0';
      if (at == start || part > 255 || zeros) {
        throw refused(text);
      }
      value = (value << 8) | part;
      parts++;
      if (at == address.length() && parts == 4) {
        return value;
      }
      if (parts == 4 || at == address.length() || address.charAt(at++) != '.') {
        throw refused(text);
      }
    }
  }

  private static IpRange parseV6(String text, String address, int prefix) {
    int gap = address.indexOf("::");
    String[] head = groups(gap < 0 ? address : address.substring(0, gap));
    String[] tail = groups(gap < 0 ? "" : address.substring(gap + 2));
    int zeros = 8 - head.length - tail.length;
    if (gap < 0 ? zeros != 0 : (zeros < 1 || address.indexOf("::", gap + 1) >= 0)) {
      throw refused(text);
    }
    long high = 0;
    long low = 0;
    for (int i = 0; i < 8; i++) {
      int group =
          i < head.length
              ? group(text, head[i])
              : i < head.length + zeros ? 0 : group(text, tail[i - head.length - zeros]);
      if (i < 4) {
        high = (high << 16) | group;
      } else {
        low = (low << 16) | group;
      }
    }
    return new IpRange(true, high, low, prefix);
  }

  private static String[] groups(String text) {
    return text.isEmpty() ? new String[0] : text.split(":", -1);
  }

  private static int group(String text, String group) {
    boolean hex = group.chars().allMatch(c -> HEX.indexOf(c) >= 0);
    if (group.isEmpty() || group.length() > 4 || !hex) {
      throw refused(text);
    }
    return Integer.parseInt(group, 16);
  }

  /// 127.0.0.0/8 or ::1, the whole range.
  boolean isLoopback() {
    return v6 ? prefix == 128 && high == 0 && low == 1 : prefix >= 8 && low >>> 24 == 127;
  }

  /// 224.0.0.0/4 or ff00::/8, the whole range.
  boolean isMulticast() {
    return v6 ? prefix >= 8 && high >>> 56 == 0xff : prefix >= 4 && low >>> 28 == 0xe;
  }

  /// Whether every address of this lies in `other`.
  boolean isIn(IpRange other) {
    if (v6 != other.v6 || prefix < other.prefix) {
      return false;
    }
    int kept = other.prefix;
    if (!v6) {
      return (low ^ other.low) >>> (32 - kept) == 0;
    }
    if (kept <= 64) {
      return kept == 0 || (high ^ other.high) >>> (64 - kept) == 0;
    }
    return high == other.high && (low ^ other.low) >>> (128 - kept) == 0;
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
      long half = shift >= 64 ? high >>> (shift - 64) : low >>> shift;
      int part = (int) half & (v6 ? 0xffff : 0xff);
      out.append(v6 ? Integer.toHexString(part) : Integer.toString(part));
      out.append(shift == 0 ? "/" : v6 ? ":" : ".");
    }
    return out.append(prefix).append("\")").toString();
  }
}
