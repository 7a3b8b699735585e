package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The network of an address: what stays the same when a provider hands out the next one.
final class Networks {
  private static final int IPV6_GROUPS = 8;

  private Networks() {}

  /// The /24 of an IPv4, the /48 of an IPv6 address; empty where it is not known or not an address.
  static String of(@Nullable String address) {
    if (address == null || address.isEmpty() || address.length() > 64) {
      return "";
    }
    String plain = address.indexOf('%') < 0 ? address : address.substring(0, address.indexOf('%'));
    return plain.indexOf(':') < 0 ? ipv4(plain) : ipv6(plain);
  }

  private static String ipv4(String address) {
    List<String> parts = Arrays.asList(address.split("\\.", -1));
    boolean proper = parts.size() == 4 && parts.stream().allMatch(part -> part.matches("\\d{1,3}"));
    return proper ? String.join(".", parts.subList(0, 3)) + ".0/24" : "";
  }

  private static String ipv6(String address) {
    int gap = address.indexOf("::");
    List<String> groups = new ArrayList<>(groups(gap < 0 ? address : address.substring(0, gap)));
    if (gap >= 0) {
      List<String> after = groups(address.substring(gap + 2));
      while (groups.size() + after.size() < IPV6_GROUPS) {
        groups.add("0");
      }
      groups.addAll(after);
    }
    boolean proper =
        groups.size() == IPV6_GROUPS
            && groups.stream().allMatch(group -> group.matches("[0-9a-fA-F]{1,4}"));
    return proper
        ? String.join(
                ":",
                groups.subList(0, 3).stream()
                    .map(group -> Integer.toHexString(Integer.parseInt(group, 16)))
                    .toList())
            + "::/48"
        : "";
  }

  private static List<String> groups(String text) {
    return text.isEmpty() ? List.of() : Arrays.asList(text.split(":", -1));
  }
}
