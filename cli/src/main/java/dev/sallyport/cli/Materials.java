package dev.sallyport.cli;

import dev.sallyport.scan.Source;
import dev.sallyport.scan.dependencies.Component;
import dev.sallyport.scan.dependencies.Dependencies;
import dev.sallyport.scan.git.Repository;
import dev.sallyport.scan.git.RepositoryException;
import dev.sallyport.scan.pipeline.PipelineFiles;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a step works on, read from the checkout before its command starts; null and empty where
/// there is no repository.
///
/// @param pipeline over the paths and bytes of the commit's pipeline definitions, in order
/// @param dependencies package URLs, without qualifiers, that the commit's lock files name
record Materials(
    @Nullable String commit,
    @Nullable String tree,
    @Nullable String ref,
    @Nullable String pipeline,
    List<String> dependencies) {
  private static final int MAX_DEPENDENCIES = 5000;
  private static final int MAX_PURL = 500;
  private static final Pattern TREE = Pattern.compile("\\Atree ([0-9a-f]{40})\n");
  private static final Materials NONE = new Materials(null, null, null, null, List.of());

  /// Reads them of the repository that lies there.
  static Materials of(Surroundings there) {
    try (Repository repository = Repository.open(there.folder())) {
      String commit = repository.checkedOut();
      if (commit == null) {
        return NONE;
      }
      Matcher tree =
          TREE.matcher(new String(repository.rawCommit(commit), StandardCharsets.ISO_8859_1));
      Source wanted =
          repository.tree(
              commit, path -> PipelineFiles.isPipelineFile(path) || Dependencies.isLockFile(path));
      return new Materials(
          commit,
          tree.find() ? tree.group(1) : null,
          toldRef(there),
          pipeline(wanted),
          dependencies(wanted));
    } catch (RepositoryException | Repository.Sha256Repository e) {
      return NONE;
    }
  }

  /// As the CI system tells it.
  private static @Nullable String toldRef(Surroundings there) {
    for (String name : List.of("GITHUB_REF", "CI_COMMIT_REF_NAME")) {
      String value = there.told(name);
      if (value != null && value.length() <= 256) {
        return value;
      }
    }
    return null;
  }

  private static String pipeline(Source source) {
    TreeMap<String, String> files = new TreeMap<>();
    source.forEach(file -> {
      if (PipelineFiles.isPipelineFile(file.path())) {
        files.put(file.path(), HexFormat.of().formatHex(sha256().digest(file.bytes())));
      }
    });
    MessageDigest all = sha256();
    files.forEach((path, hex) ->
        all.update(
            (path.length() + ":" + path + "=" + hex + "\n").getBytes(StandardCharsets.UTF_8)));
    return "sha256:" + HexFormat.of().formatHex(all.digest());
  }

  private static List<String> dependencies(Source source) {
    return Dependencies.inventory(source).components().stream()
        .map(Component::purl)
        .map(purl -> purl.replaceFirst("[?#].*$", ""))
        .filter(purl -> purl.length() <= MAX_PURL)
        .distinct()
        .sorted()
        .limit(MAX_DEPENDENCIES)
        .toList();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
