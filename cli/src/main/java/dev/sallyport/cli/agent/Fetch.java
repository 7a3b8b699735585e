package dev.sallyport.cli.agent;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Brings a release from the registry into an empty folder, and believes nothing of it: the
/// manifest is hashed before it is read, each blob while it streams, and what they unpack to is
/// bounded.
///
/// A layer is an archive (`tar`, `tar+gzip`) or, where `org.opencontainers.image.title` names it, a
/// plain file (OCI Image Specification 1.1, "Guidelines for artifact usage", as oras pushes them).
final class Fetch {
  private static final int MAX_MANIFEST_BYTES = 4 << 20;
  private static final int MAX_LAYERS = 128;
  private static final int MAX_FILES = 100_000;
  private static final int MAX_NAME_CHARS = 1024;
  private static final int MAX_DEPTH = 64;
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final Set<String> MANIFEST_TYPES =
      Set.of(
          "application/vnd.oci.image.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.v2+json");
  private static final Set<String> TAR_TYPES =
      Set.of("application/vnd.oci.image.layer.v1.tar", "application/x-tar");
  private static final Set<String> GZIP_TYPES =
      Set.of(
          "application/vnd.oci.image.layer.v1.tar+gzip",
          "application/vnd.docker.image.rootfs.diff.tar.gzip",
          "application/gzip",
          "application/x-gtar");

  private final Registry registry;
  private final String repository;
  private final Path target;
  private final long maxBytes;
  private final CrashPoints crashes;
  private final Map<String, Inventory.Item> files = new TreeMap<>();
  private long unpacked;
  private int folders;

  private Fetch(
      Registry registry, String repository, Path target, long maxBytes, CrashPoints crashes) {
    this.registry = registry;
    this.repository = repository;
    this.target = target;
    this.maxBytes = maxBytes;
    this.crashes = crashes;
  }

  /// Fetches `digest` into the empty folder `target`, all of it synced to the disk.
  ///
  /// @param maxBytes of all files together
  /// @throws AgentException if a byte is not what the digest says, or it is not a release
  /// @throws UnreachableException if it could not be had now
  static Inventory into(
      Path target,
      Registry registry,
      String repository,
      String digest,
      long maxBytes,
      CrashPoints crashes) {
    var fetch = new Fetch(registry, repository, target, maxBytes, crashes);
    try {
      fetch.all(digest);
      syncFolders(target);
      return new Inventory(fetch.files);
    } catch (IOException e) {
      // A torn connection or a full disk: it may go better the next time.
      throw new UnreachableException("couldn't fetch " + digest + ": " + e.getMessage(), e);
    }
  }

  private void all(String digest) throws IOException {
    JsonNode manifest = manifest(digest);
    JsonNode layers = manifest.path("layers");
    if (!layers.isArray() || layers.isEmpty() || layers.size() > MAX_LAYERS) {
      throw new AgentException("a release has 1 to " + MAX_LAYERS + " layers");
    }
    for (JsonNode layer : layers) {
      layer(layer);
      crashes.at("layer");
    }
    if (files.isEmpty()) {
      throw new AgentException("the release holds no file");
    }
  }

  private JsonNode manifest(String digest) throws IOException {
    byte[] bytes;
    try (InputStream in = registry.open(repository, Registry.Kind.MANIFEST, digest)) {
      bytes = in.readNBytes(MAX_MANIFEST_BYTES + 1);
    }
    if (bytes.length > MAX_MANIFEST_BYTES) {
      throw new AgentException("manifest is larger than " + MAX_MANIFEST_BYTES + " bytes");
    }
    if (!("sha256:" + HexFormat.of().formatHex(Inventory.sha256().digest(bytes))).equals(digest)) {
      throw new AgentException("manifest is not " + digest);
    }
    JsonNode manifest = StrictJson.read(bytes, "manifest");
    String type = manifest.path("mediaType").asString("application/vnd.oci.image.manifest.v1+json");
    if (!MANIFEST_TYPES.contains(type) || manifest.has("manifests")) {
      throw new AgentException("this is not the manifest of one release");
    }
    return manifest;
  }

  private void layer(JsonNode layer) throws IOException {
    String digest = layer.path("digest").asString("");
    long size = layer.path("size").asLong(-1);
    String type = layer.path("mediaType").asString("");
    String title = layer.path("annotations").path("org.opencontainers.image.title").asString("");
    boolean packed =
        layer.path("annotations").path("io.deis.oras.content.unpack").asString("").equals("true");
    if (!DIGEST.matcher(digest).matches() || size < 0 || size > maxBytes) {
      throw new AgentException("a layer has no proper digest or size");
    }
    try (var in =
        new Verifying(registry.open(repository, Registry.Kind.BLOB, digest), size, crashes)) {
      if (!title.isEmpty() && !packed) {
        try (var out = new Out(title, size, false)) {
          in.transferTo(out);
        }
      } else if (GZIP_TYPES.contains(type)) {
        try (var unzipped = new GZIPInputStream(in, 64 * 1024)) {
          unpack(unzipped);
          in.end(digest);
        }
        return;
      } else if (TAR_TYPES.contains(type)) {
        unpack(in);
      } else {
        throw new AgentException("a layer is neither tar, tar+gzip nor a titled file");
      }
      in.end(digest);
    }
  }

  private void unpack(InputStream in) throws IOException {
    var tar = new TarReader(in);
    for (var member = tar.next(); member.isPresent(); member = tar.next()) {
      TarReader.Member found = member.get();
      if (found.folder()) {
        folder(found.name());
        continue;
      }
      try (var out = new Out(found.name(), found.size(), found.executable())) {
        tar.copyTo((buffer, length) -> out.write(buffer, 0, length));
      }
    }
    // Behind the end of an archive there is padding; as much as an archive may have.
    long left = maxBytes - unpacked;
    byte[] buffer = new byte[64 * 1024];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      left -= read;
      if (left < 0) {
        throw tooLarge();
      }
    }
  }

  private void folder(String name) throws IOException {
    String clean = name.replaceAll("/+$", "");
    if (clean.isEmpty() || clean.equals(".")) {
      return;
    }
    if (++folders > MAX_FILES) {
      throw new AgentException("the release holds more than " + MAX_FILES + " folders");
    }
    Files.createDirectories(place(clean));
  }

  /// Where a name of the release stands, which is always below the target.
  private Path place(String given) {
    String name = given.startsWith("./") ? given.substring(2) : given;
    String[] parts = name.split("/", -1);
    if (name.length() > MAX_NAME_CHARS || parts.length > MAX_DEPTH) {
      throw new AgentException("a name in the release is too long or too deep");
    }
    for (String part : parts) {
      if (part.isEmpty()
          || part.equals(".")
          || part.equals("..")
          || part.startsWith(".wh.")
          || part.length() > 255
          || part.chars().anyMatch(c -> c < 0x20 || c == 0x7f || c == '\\')) {
        throw new AgentException("a name in the release would not stay inside of it");
      }
    }
    return target.resolve(name);
  }

  private AgentException tooLarge() {
    return new AgentException("the release unpacks to more than " + maxBytes + " bytes");
  }

  /// One file of the release being written: hashed, counted, synced.
  private final class Out extends OutputStream {
    private final Path file;
    private final boolean executable;
    private final MessageDigest digest = Inventory.sha256();
    private final FileChannel channel;
    private final OutputStream out;
    private long size;

    Out(String name, long announced, boolean executable) throws IOException {
      this.file = place(name);
      this.executable = executable;
      if (unpacked + announced > maxBytes || files.size() >= MAX_FILES) {
        throw tooLarge();
      }
      Path parent = file.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      // No archive may write a file twice, nor through anything that is there already.
      this.channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      this.out = Channels.newOutputStream(channel);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      unpacked += length;
      if (unpacked > maxBytes) {
        throw tooLarge();
      }
      digest.update(bytes, offset, length);
      size += length;
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      if (!channel.isOpen()) {
        return;
      }
      Files.setPosixFilePermissions(
          file, PosixFilePermissions.fromString(executable ? "r-xr-xr-x" : "r--r--r--"));
      channel.force(true);
      channel.close();
      files.put(
          target.relativize(file).toString(),
          new Inventory.Item(size, HexFormat.of().formatHex(digest.digest()), executable));
    }
  }

  /// The bytes of one blob: hashed as they pass, and no more of them than announced.
  private static final class Verifying extends FilterInputStream {
    private final MessageDigest digest = Inventory.sha256();
    private final CrashPoints crashes;
    private long rest;

    Verifying(InputStream in, long size, CrashPoints crashes) {
      super(in);
      this.rest = size;
      this.crashes = crashes;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte @Nullable [] bytes, int offset, int length) throws IOException {
      int read = super.read(bytes, offset, length);
      if (read > 0 && bytes != null) {
        rest -= read;
        if (rest < 0) {
          throw new AgentException("a layer has more bytes than its manifest says");
        }
        digest.update(bytes, offset, read);
        crashes.at("fetching");
      }
      return read;
    }

    @Override
    public long skip(long count) throws IOException {
      byte[] passed = new byte[(int) Math.min(Math.max(count, 0), 64 * 1024)];
      return Math.max(0, read(passed, 0, passed.length));
    }

    @Override
    public boolean markSupported() {
      return false;
    }

    /// Reads what is left and holds all of it to the digest.
    void end(String wanted) throws IOException {
      transferTo(OutputStream.nullOutputStream());
      byte[] found = digest.digest();
      if (rest != 0
          || !Arrays.equals(found, HexFormat.of().parseHex(wanted.substring("sha256:".length())))) {
        throw new AgentException("a layer is not " + wanted);
      }
    }
  }

  private static void syncFolders(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            DurableFiles.syncFolder(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
