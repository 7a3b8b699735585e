package dev.sallyport.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// What a bench measured; its JSON is the last line printed.
final class Figures {
  private final String name;
  private final Map<String, Double> measured = new LinkedHashMap<>();
  private final Map<String, Double> peers = new LinkedHashMap<>();
  private final Map<String, Double> ratios = new LinkedHashMap<>();

  Figures(String name) {
    this.name = name;
  }

  void put(String figure, double value) {
    measured.put(figure, rounded(value));
    System.err.println(figure + " " + rounded(value));
  }

  void peer(String figure, double value) {
    peers.put(figure, rounded(value));
  }

  void ratio(String peer, double value) {
    ratios.put(peer, rounded(value));
  }

  private static double rounded(double value) {
    double scale = Math.pow(10, 3 - Math.ceil(Math.log10(Math.abs(value) + 1e-12)));
    return Math.round(value * scale) / scale;
  }

  String json() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("bench", name);
    root.put("figures", measured);
    root.put("peers", peers);
    root.put("ratios", ratios);
    return JsonMapper.shared().writeValueAsString(root);
  }
}
