package dev.sallyport.cli.agent;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// A registry in memory, honest unless told to lie.
final class TinyRegistry implements Registry {
  final Map<String, byte[]> things = new TreeMap<>();
  int opened;

  static String digest(byte[] bytes) {
    return "sha256:" + HexFormat.of().formatHex(Inventory.sha256().digest(bytes));
  }

  String put(byte[] bytes) {
    things.put(digest(bytes), bytes);
    return digest(bytes);
  }

  /// A release of one tar+gzip layer and one plain file.
  String release(Map<String, String> files) {
    var tar = new Tar();
    files.forEach((name, text) -> tar.file(name, text, name.startsWith("bin/")));
    byte[] note = "a plain file".getBytes(StandardCharsets.UTF_8);
    return manifest(
        List.of(
            layer("application/vnd.oci.image.layer.v1.tar+gzip", gzip(tar.bytes()), null),
            layer("application/octet-stream", note, "NOTE")));
  }

  Map<String, Object> layer(String type, byte[] bytes, @Nullable String title) {
    var layer = new LinkedHashMap<String, Object>();
    layer.put("mediaType", type);
    layer.put("digest", put(bytes));
    layer.put("size", bytes.length);
    if (title != null) {
      layer.put("annotations", Map.of("org.opencontainers.image.title", title));
    }
    return layer;
  }

  String manifest(List<Map<String, Object>> layers) {
    var manifest = new LinkedHashMap<String, Object>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", "application/vnd.oci.image.manifest.v1+json");
    manifest.put("config", Map.of("mediaType", "application/vnd.oci.empty.v1+json"));
    manifest.put("layers", new ArrayList<>(layers));
    return put(StrictJson.write(manifest));
  }

  static byte[] gzip(byte[] bytes) {
    var out = new ByteArrayOutputStream();
    try (var zipped = new GZIPOutputStream(out)) {
      zipped.write(bytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  @Override
  public InputStream open(String repository, Kind kind, String digest) throws IOException {
    opened++;
    byte[] bytes = things.get(digest);
    if (bytes == null) {
      throw new FileNotFoundException(digest);
    }
    return new ByteArrayInputStream(bytes);
  }

  /// Writes archives, bad ones too.
  static final class Tar {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Tar file(String name, String text, boolean executable) {
      return member(name, '0', text.getBytes(StandardCharsets.UTF_8), executable ? 0755 : 0644, "");
    }

    Tar member(String name, char type, byte[] bytes, int mode, String link) {
      byte[] header = new byte[512];
      put(header, 0, name);
      put(header, 100, String.format("%07o", mode));
      put(header, 108, "0000000");
      put(header, 116, "0000000");
      put(header, 124, String.format("%011o", bytes.length));
      put(header, 136, "00000000000");
      put(header, 148, "        ");
      header[156] = (byte) type;
      put(header, 157, link);
      put(header, 257, "ustar\0" + "00");
      int sum = 0;
      for (byte b : header) {
        sum += b & 0xff;
      }
      put(header, 148, String.format("%06o\0 ", sum));
      out.writeBytes(header);
      out.writeBytes(bytes);
      out.writeBytes(new byte[(512 - bytes.length % 512) % 512]);
      return this;
    }

    private static void put(byte[] header, int at, String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    byte[] bytes() {
      var whole = new ByteArrayOutputStream();
      whole.writeBytes(out.toByteArray());
      whole.writeBytes(new byte[1024]);
      return whole.toByteArray();
    }
  }
}
