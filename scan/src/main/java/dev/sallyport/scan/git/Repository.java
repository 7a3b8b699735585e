package dev.sallyport.scan.git;

import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Source;
import dev.sallyport.scan.TextFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.eclipse.jgit.dircache.DirCacheIterator;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.errors.RevisionSyntaxException;
import org.eclipse.jgit.lib.AnyObjectId;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.revwalk.filter.RevFilter;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.treewalk.EmptyTreeIterator;
import org.eclipse.jgit.treewalk.FileTreeIterator;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.eclipse.jgit.treewalk.WorkingTreeIterator;
import org.eclipse.jgit.treewalk.WorkingTreeOptions;
import org.eclipse.jgit.treewalk.filter.PathFilter;
import org.eclipse.jgit.treewalk.filter.TreeFilter;
import org.eclipse.jgit.util.FS;
import org.jspecify.annotations.Nullable;

/// A repository opened for reading.
///
/// What cannot be read (a missing object, a submodule, a file too large) is handed out as
/// [NotChecked] and the rest goes on. Not safe for several threads at once, save for [#rawCommit].
public final class Repository implements AutoCloseable {
  private static final long MAX_FILE_BYTES = TextFile.LARGEST_BYTES;

  private static final int LAST_COMMITS = 50;
  private static final int MAX_COMMITS = 1_000_000;
  private static final int MAX_TREE_FILES = 2_000_000;
  private static final List<String> UPSTREAM_DEFAULTS =
      List.of(
          "refs/remotes/origin/HEAD",
          "refs/remotes/upstream/HEAD",
          "refs/remotes/origin/main",
          "refs/remotes/origin/master");

  private final org.eclipse.jgit.lib.Repository git;
  private final Path top;

  private Repository(org.eclipse.jgit.lib.Repository git, Path top) {
    this.git = git;
    this.top = top;
  }

  /// Opens the repository that holds `path`.
  ///
  /// @throws RepositoryException if there is none or its format is not one we read
  public static Repository open(Path path) {
    Path real;
    try {
      real = path.toRealPath();
    } catch (NoSuchFileException e) {
      throw new RepositoryException("no such folder `" + path + "`", "give the path of a checkout");
    } catch (IOException e) {
      throw new RepositoryException(
          "couldn't open `" + path + "`: " + e.getMessage(), "give the path of a checkout");
    }
    refuseSha256(real);
    try {
      FileRepositoryBuilder builder = new FileRepositoryBuilder().setMustExist(true);
      if (Files.isRegularFile(real.resolve("HEAD")) && Files.isDirectory(real.resolve("objects"))) {
        builder.setGitDir(real.toFile());
      } else {
        builder.findGitDir(real.toFile());
      }
      if (builder.getGitDir() == null) {
        throw new RepositoryException(
            "`" + path + "` is not inside a git repository",
            "run it in a checkout, or make one with `git init`");
      }
      org.eclipse.jgit.lib.Repository git = builder.build();
      return new Repository(
          git, git.isBare() ? git.getDirectory().toPath() : git.getWorkTree().toPath());
    } catch (IOException | IllegalArgumentException e) {
      throw new RepositoryException(
          "couldn't read the git repository at `" + path + "`: " + e.getMessage(),
          "run `git fsck` there");
    }
  }

  /// JGit would misread such a repository or fail late, so that the format is told first.
  private static void refuseSha256(Path inside) {
    for (Path at = inside; at != null; at = at.getParent()) {
      for (Path config : List.of(at.resolve(".git/config"), at.resolve("config"))) {
        try {
          if (Files.isRegularFile(config)
              && Files.size(config) < 1024 * 1024
              && Files.readString(config)
                  .toLowerCase(Locale.ROOT)
                  .replaceAll("[ \\t]", "")
                  .contains("objectformat=sha256")) {
            throw new Sha256Repository(at);
          }
        } catch (IOException unreadable) {
          return; // JGit says what is wrong with it
        }
      }
      if (Files.exists(at.resolve(".git"))) {
        return;
      }
    }
  }

  /// A SHA-256 repository: history cannot be read, its working files can.
  public static final class Sha256Repository extends RuntimeException {
    private final transient Path top;

    Sha256Repository(Path top) {
      super("the repository uses SHA-256 object ids, which JGit cannot read yet");
      this.top = top;
    }

    /// The checkout.
    public Path top() {
      return top;
    }
  }

  /// The checkout's top folder, or the git folder of a bare repository.
  public Path top() {
    return top;
  }

  /// Whether there are working files.
  public boolean hasWorkingTree() {
    return !git.isBare();
  }

  /// Whether history was cut off when it was cloned.
  public boolean isShallow() {
    try {
      return !git.getObjectDatabase().getShallowCommits().isEmpty();
    } catch (IOException unreadable) {
      return true;
    }
  }

  /// Whether a range that has a base holds a commit whose parents were cut off by a shallow clone:
  /// those behind it belong to the range as well, and nobody here can see them.
  public boolean isCutOff(CommitRange range) {
    return range.base() != null && !cutOff(range).isEmpty();
  }

  private List<String> cutOff(CommitRange range) {
    try {
      Set<ObjectId> boundary = git.getObjectDatabase().getShallowCommits();
      return boundary.isEmpty()
          ? List.of()
          : range.commits().stream()
              .filter(id -> boundary.contains(ObjectId.fromString(id)))
              .toList();
    } catch (IOException unreadable) {
      return range.commits();
    }
  }

  /// The commit that is checked out, or null in an empty repository.
  public @Nullable String checkedOut() {
    try {
      ObjectId head = git.resolve("HEAD^{commit}");
      return head == null ? null : head.name();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /// The remote's address as the configuration tells it, without credentials, or the folder's name.
  public String name() {
    String url = git.getConfig().getString("remote", "origin", "url");
    if (url == null || url.isBlank()) {
      Path name = top.getFileName();
      return name == null ? "repository" : name.toString();
    }
    // Up to the last `@` before the first `/`: a password may hold one.
    return url.replaceFirst("^([A-Za-z+]+://)[^/]*@", "$1");
  }

  /// The range to judge.
  ///
  /// @param spec `A..B`, `A..` or one revision `B`; null for what is not on the upstream default
  ///   branch, else the last 50 commits
  /// @throws RepositoryException if a name in it means nothing here
  public CommitRange range(@Nullable String spec) {
    try (RevWalk walk = new RevWalk(git)) {
      ObjectId head = git.resolve("HEAD^{commit}");
      if (spec == null) {
        return defaultRange(walk, head);
      }
      int dots = spec.indexOf("..");
      String baseName = dots < 0 ? null : spec.substring(0, dots);
      String headName = dots < 0 ? spec : spec.substring(dots + 2);
      if (headName.startsWith(".")) {
        throw new RepositoryException(
            "range `" + spec + "` has three dots", "write it as A..B: commits of B that A lacks");
      }
      ObjectId to = headName.isEmpty() ? head : resolve(headName);
      if (to == null) {
        throw new RepositoryException("the repository has no commit yet", "commit something first");
      }
      ObjectId from = baseName == null || baseName.isEmpty() ? null : resolve(baseName);
      return walkRange(walk, from, to, spec, MAX_COMMITS);
    } catch (RepositoryException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw unreadable(e); // JGit meets some malformed objects with unchecked exceptions
    }
  }

  private CommitRange defaultRange(RevWalk walk, @Nullable ObjectId head) throws IOException {
    if (head == null) {
      return new CommitRange(null, null, List.of(), "empty repository");
    }
    for (String name : UPSTREAM_DEFAULTS) {
      Ref ref = git.exactRef(name);
      ObjectId tip = ref == null ? null : ref.getObjectId();
      if (tip != null && !tip.equals(head)) {
        CommitRange range =
            walkRange(walk, tip, head, "not on " + shortName(name, ref), MAX_COMMITS);
        if (!range.commits().isEmpty()) {
          return range;
        }
      }
    }
    return walkRange(walk, null, head, "last " + LAST_COMMITS, LAST_COMMITS);
  }

  /// The last `count` commits that HEAD reaches, without a base.
  public CommitRange lastCommits(int count) {
    try (RevWalk walk = new RevWalk(git)) {
      ObjectId head = git.resolve("HEAD^{commit}");
      return head == null
          ? new CommitRange(null, null, List.of(), "empty repository")
          : walkRange(walk, null, head, "last " + count, count);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static String shortName(String name, @Nullable Ref ref) {
    String target = ref == null ? name : ref.getTarget().getName();
    return org.eclipse.jgit.lib.Repository.shortenRefName(target);
  }

  /// A tag named `origin/main` wins over the remote's branch of that name, and whoever may push
  /// tags would choose the base, and so whom to trust.
  private void refuseAmbiguous(String name) throws IOException {
    String plain = name.split("[\\^~:@]", 2)[0];
    if (plain.isEmpty() || git.exactRef(plain) != null || git.exactRef("refs/" + plain) != null) {
      return;
    }
    Set<ObjectId> meanings = new HashSet<>();
    for (String prefix : List.of(Constants.R_TAGS, Constants.R_HEADS, Constants.R_REMOTES)) {
      Ref ref = git.exactRef(prefix + plain);
      if (ref != null) {
        meanings.add(git.resolve(ref.getName() + "^{commit}"));
      }
    }
    if (meanings.size() > 1) {
      throw new RepositoryException(
          "`" + plain + "` is both a tag and a branch, and they differ",
          "write it in full, for example refs/remotes/" + plain);
    }
  }

  private ObjectId resolve(String name) throws IOException {
    refuseAmbiguous(name);
    ObjectId id;
    try {
      id = git.resolve(name + "^{commit}");
    } catch (MissingObjectException missing) {
      id = null;
    } catch (RevisionSyntaxException e) {
      throw new RepositoryException("`" + name + "` is not a revision", "see `git help revisions`");
    }
    if (id == null) {
      throw new RepositoryException(
          "no commit `" + name + "` here" + (isShallow() ? ", and the clone is shallow" : ""),
          isShallow()
              ? "fetch it first, for example `git fetch --unshallow`"
              : "check the name, or fetch it first");
    }
    return id;
  }

  private CommitRange walkRange(
      RevWalk walk, @Nullable ObjectId from, ObjectId to, String how, int limit)
      throws IOException {
    walk.reset();
    walk.setRetainBody(false);
    walk.markStart(walk.parseCommit(to));
    if (from != null) {
      walk.markUninteresting(walk.parseCommit(from));
    }
    List<String> ids = new ArrayList<>();
    for (RevCommit commit; ids.size() < limit && (commit = walk.next()) != null; ) {
      ids.add(commit.name());
    }
    return new CommitRange(from == null ? null : from.name(), to.name(), ids, how);
  }

  /// The bytes of a commit object, without its header; safe for several threads at once.
  ///
  /// @throws RepositoryException if the object is missing or corrupt
  public byte[] rawCommit(String id) {
    try (ObjectReader reader = git.newObjectReader()) {
      return reader.open(ObjectId.fromString(id), Constants.OBJ_COMMIT).getBytes(16 * 1024 * 1024);
    } catch (IOException | RuntimeException e) {
      throw unreadable(e);
    }
  }

  /// The bytes of the file `path` in the tree of `commit`; empty if there is none, or it is no
  /// plain file.
  public Optional<byte[]> file(String commit, String path) {
    try (RevWalk walk = new RevWalk(git);
        TreeWalk tree =
            TreeWalk.forPath(git, path, walk.parseCommit(ObjectId.fromString(commit)).getTree())) {
      if (tree == null || tree.getFileMode(0).getObjectType() != Constants.OBJ_BLOB) {
        return Optional.empty();
      }
      return Optional.of(
          tree.getObjectReader().open(tree.getObjectId(0)).getBytes((int) MAX_FILE_BYTES));
    } catch (IOException | RuntimeException e) {
      throw unreadable(e);
    }
  }

  /// The plain files below `folder` in the tree of `commit`, by path, with their bytes.
  ///
  /// @throws RepositoryException if something else lies there: a link or submodule left out without
  ///   a word could be the list of the revoked, or the policy that forbids
  public Map<String, byte[]> folder(String commit, String folder) {
    Map<String, byte[]> files = new TreeMap<>();
    try (RevWalk walk = new RevWalk(git);
        TreeWalk tree = new TreeWalk(git)) {
      tree.addTree(walk.parseCommit(ObjectId.fromString(commit)).getTree());
      tree.setRecursive(true);
      tree.setFilter(PathFilter.create(folder));
      while (tree.next()) {
        if (tree.getFileMode(0).equals(FileMode.REGULAR_FILE)
            || tree.getFileMode(0).equals(FileMode.EXECUTABLE_FILE)) {
          files.put(
              tree.getPathString(),
              tree.getObjectReader().open(tree.getObjectId(0)).getBytes((int) MAX_FILE_BYTES));
        } else {
          throw new RepositoryException(
              "`" + tree.getPathString() + "` in commit " + commit + " is a link or a submodule",
              "only plain files are read from there: put the file itself");
        }
      }
      return files;
    } catch (RepositoryException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw unreadable(e);
    }
  }

  /// What the commits of a range did.
  ///
  /// @param touched every path that any commit of the range touched, so that a change taken back
  ///   later is seen too
  /// @param notChecked what could not be read
  /// @param complete whether every commit of the range could be walked; if not, more may have been
  ///   touched
  public record Changes(Set<String> touched, List<NotChecked> notChecked, boolean complete) {
    /// Copies the collections, in order.
    public Changes {
      touched = Collections.unmodifiableSet(new LinkedHashSet<>(touched));
      notChecked = List.copyOf(notChecked);
    }
  }

  /// Walks the range oldest first, and compares its head with where it left the base: a merge that
  /// takes an old state back from a parent of the base brings nothing that is new in the range, and
  /// changes the base all the same. A blob that is new in it is handed to `blobs` once, with the
  /// commit that brought it.
  public Changes changes(CommitRange range, Consumer<TextFile> blobs) {
    Set<String> touched = new LinkedHashSet<>();
    List<NotChecked> gaps = new ArrayList<>();
    Set<ObjectId> seen = new HashSet<>();
    boolean complete = true;
    if (range.base() != null) {
      for (String id : cutOff(range)) {
        complete = false;
        gaps.add(
            new NotChecked(
                "the parents of commit " + id, "were cut off when it was cloned (shallow)"));
      }
    }
    try (RevWalk walk = new RevWalk(git);
        ObjectReader reader = git.newObjectReader()) {
      for (String id : range.commits().reversed()) {
        try {
          RevCommit commit = walk.parseCommit(ObjectId.fromString(id));
          changesOf(commit, walk, reader, touched, seen, blobs, gaps);
        } catch (IOException | RuntimeException e) {
          complete = false;
          gaps.add(
              new NotChecked(
                  "commit " + id, "an object it needs is unreadable: " + e.getMessage()));
        }
      }
      try {
        sinceTheBase(range, touched);
      } catch (IOException | RuntimeException e) {
        complete = false;
        gaps.add(new NotChecked("the range as a whole", "unreadable: " + e.getMessage()));
      }
    }
    return new Changes(touched, gaps, complete);
  }

  /// Adds what differs between the head and each merge base of base and head; where there is none,
  /// or the head only goes back, what differs from the base itself, since then nothing else shows
  /// that its trust is gone.
  private void sinceTheBase(CommitRange range, Set<String> touched) throws IOException {
    if (range.base() == null || range.head() == null) {
      return;
    }
    try (RevWalk walk = new RevWalk(git)) {
      RevCommit head = walk.parseCommit(ObjectId.fromString(range.head()));
      walk.setRevFilter(RevFilter.MERGE_BASE);
      walk.markStart(head);
      walk.markStart(walk.parseCommit(ObjectId.fromString(range.base())));
      List<RevCommit> mergeBases = new ArrayList<>();
      for (RevCommit one; (one = walk.next()) != null; ) {
        mergeBases.add(one);
      }
      if (mergeBases.isEmpty() || range.commits().isEmpty()) {
        mergeBases.add(walk.parseCommit(ObjectId.fromString(range.base())));
      }
      for (RevCommit one : mergeBases) {
        try (TreeWalk tree = new TreeWalk(git)) {
          tree.setRecursive(true);
          tree.setFilter(TreeFilter.ANY_DIFF);
          tree.addTree(head.getTree());
          tree.addTree(walk.parseCommit(one).getTree());
          while (tree.next()) {
            touched.add(tree.getPathString());
          }
        }
      }
    }
  }

  /// The plain files of a commit's tree whose path is wanted; a link there is a gap, since some
  /// readers follow it and we don't.
  public Source tree(String commit, Predicate<String> wanted) {
    return files -> {
      List<NotChecked> gaps = new ArrayList<>();
      try (RevWalk walk = new RevWalk(git);
          ObjectReader reader = git.newObjectReader();
          TreeWalk tree = new TreeWalk(reader)) {
        RevCommit of = walk.parseCommit(ObjectId.fromString(commit));
        tree.setRecursive(true);
        tree.addTree(of.getTree());
        while (tree.next()) {
          if (tree.getFileMode(0).getObjectType() != Constants.OBJ_BLOB
              || !wanted.test(tree.getPathString())) {
            continue;
          }
          if (tree.getFileMode(0).equals(FileMode.SYMLINK)) {
            gaps.add(new NotChecked(tree.getPathString(), "is a link, which is not followed"));
          } else {
            readBlob(
                of,
                tree,
                reader,
                blob -> files.accept(new TextFile(blob.path(), blob.bytes())),
                gaps);
          }
        }
      } catch (IOException | RuntimeException e) {
        gaps.add(new NotChecked("the files of commit " + commit, "unreadable: " + e.getMessage()));
      }
      return gaps;
    };
  }

  private void changesOf(
      RevCommit commit,
      RevWalk walk,
      ObjectReader reader,
      Set<String> touched,
      Set<ObjectId> seen,
      Consumer<TextFile> blobs,
      List<NotChecked> gaps)
      throws IOException {
    try (TreeWalk tree = new TreeWalk(reader)) {
      tree.setRecursive(true);
      tree.addTree(commit.getTree());
      for (RevCommit parent : commit.getParents()) {
        tree.addTree(walk.parseCommit(parent).getTree());
      }
      if (commit.getParentCount() > 0) {
        tree.setFilter(TreeFilter.ANY_DIFF);
      }
      while (tree.next()) {
        if (sameAsAParent(tree)) {
          continue; // a merge that takes one side brings nothing of its own
        }
        touched.add(tree.getPathString());
        FileMode mode = tree.getFileMode(0);
        if (mode.equals(FileMode.GITLINK)) {
          gaps.add(submodule(tree.getPathString()));
        } else if (mode.getObjectType() == Constants.OBJ_BLOB && seen.add(tree.getObjectId(0))) {
          readBlob(commit, tree, reader, blobs, gaps);
        }
      }
    }
  }

  private static boolean sameAsAParent(TreeWalk tree) {
    for (int parent = 1; parent < tree.getTreeCount(); parent++) {
      if (tree.getRawMode(0) == tree.getRawMode(parent) && tree.idEqual(0, parent)) {
        return true;
      }
    }
    return false;
  }

  private static void readBlob(
      RevCommit commit,
      TreeWalk tree,
      ObjectReader reader,
      Consumer<TextFile> blobs,
      List<NotChecked> gaps) {
    String path = tree.getPathString();
    try {
      ObjectLoader loader = reader.open(tree.getObjectId(0), Constants.OBJ_BLOB);
      if (loader.getSize() > MAX_FILE_BYTES) {
        try (InputStream in = loader.openStream()) {
          if (!isBinary(in)) {
            gaps.add(tooLarge(path + " in commit " + commit.name(), loader.getSize()));
          }
        }
        return;
      }
      blobs.accept(new TextFile(path, loader.getBytes((int) MAX_FILE_BYTES), commit.name()));
    } catch (IOException e) {
      gaps.add(
          new NotChecked(path + " in commit " + commit.name(), "unreadable: " + e.getMessage()));
    }
  }

  /// As git decides it: a NUL among the first 8,000 bytes. No scanner looks into such a file,
  /// whatever its size.
  private static boolean isBinary(InputStream in) throws IOException {
    for (byte one : in.readNBytes(8_000)) {
      if (one == 0) {
        return true;
      }
    }
    return false;
  }

  private static NotChecked tooLarge(String what, long size) {
    return new NotChecked(
        what, "is larger than " + (MAX_FILE_BYTES >> 20) + " MiB (" + (size >> 20) + " MiB)");
  }

  /// The working files that git tracks or would: neither ignored, nor another repository's, nor
  /// reached by a link.
  public Source workingTree() {
    return this::walkWorkingTree;
  }

  private List<NotChecked> walkWorkingTree(Consumer<TextFile> files) {
    if (git.isBare()) {
      return List.of(new NotChecked("working files", "the repository is bare"));
    }
    try {
      return walk(new FileTreeIterator(git), new DirCacheIterator(git.readDirCache()), files);
    } catch (IOException | RuntimeException e) {
      List<NotChecked> gaps = new ArrayList<>();
      gaps.add(
          new NotChecked("files that are tracked although ignored", "the index is unreadable"));
      gaps.addAll(walk(new FileTreeIterator(git), null, files));
      return gaps;
    }
  }

  /// The files below a folder whose repository cannot be read: all but those that a `.gitignore`
  /// names, whether they are tracked or not.
  public static Source filesBelow(Path top) {
    return consumer -> {
      List<NotChecked> gaps = new ArrayList<>();
      gaps.add(
          new NotChecked("files that are tracked although ignored", "the index cannot be read"));
      var options = new org.eclipse.jgit.lib.Config().get(WorkingTreeOptions.KEY);
      gaps.addAll(walk(new FileTreeIterator(top.toFile(), FS.DETECTED, options), null, consumer));
      return gaps;
    };
  }

  private static List<NotChecked> walk(
      FileTreeIterator folder, @Nullable DirCacheIterator index, Consumer<TextFile> files) {
    List<NotChecked> gaps = new ArrayList<>();
    int count = 0;
    try (TreeWalk tree = new TreeWalk((ObjectReader) null)) {
      tree.setRecursive(true);
      tree.addTree(folder);
      tree.addTree(index == null ? new EmptyTreeIterator() : index);
      while (tree.next()) {
        WorkingTreeIterator file = tree.getTree(0, WorkingTreeIterator.class);
        boolean tracked = index != null && tree.getTree(1, DirCacheIterator.class) != null;
        if (file == null || (!tracked && file.isEntryIgnored())) {
          continue;
        }
        if (++count > MAX_TREE_FILES) {
          gaps.add(new NotChecked("working files", "more than " + MAX_TREE_FILES + " files"));
          return gaps;
        }
        FileMode mode = file.getEntryFileMode();
        if (mode.equals(FileMode.GITLINK)) {
          gaps.add(submodule(tree.getPathString()));
        } else if (mode.equals(FileMode.REGULAR_FILE) || mode.equals(FileMode.EXECUTABLE_FILE)) {
          readWorkingFile(tree.getPathString(), file, files, gaps);
        }
      }
    } catch (IOException | RuntimeException e) {
      gaps.add(new NotChecked("working files", "the walk ended early: " + e.getMessage()));
    }
    return gaps;
  }

  private static NotChecked submodule(String path) {
    return new NotChecked("submodule " + path, "lies in another repository");
  }

  private static void readWorkingFile(
      String path, WorkingTreeIterator file, Consumer<TextFile> files, List<NotChecked> gaps) {
    // To JGit everything else that is no folder and no link is a file; a pipe or a device would
    // keep us waiting.
    if (file instanceof FileTreeIterator entry
        && !Files.isRegularFile(entry.getEntryFile().toPath(), LinkOption.NOFOLLOW_LINKS)) {
      gaps.add(new NotChecked(path, "is no regular file, or cannot be opened by its name"));
      return;
    }
    long size = file.getEntryLength();
    byte[] bytes;
    try (InputStream in = file.openEntryStream()) {
      if (size > MAX_FILE_BYTES) {
        if (!isBinary(in)) {
          gaps.add(tooLarge(path, size));
        }
        return;
      }
      bytes = in.readNBytes((int) MAX_FILE_BYTES);
    } catch (IOException e) {
      gaps.add(new NotChecked(path, "unreadable: " + e.getMessage()));
      return;
    }
    files.accept(new TextFile(path, bytes));
  }

  private static RepositoryException unreadable(Exception e) {
    String what =
        e instanceof MissingObjectException missing
            ? "object " + name(missing.getObjectId()) + " is missing"
            : String.valueOf(e.getMessage());
    return new RepositoryException.Unreadable(
        "couldn't read the repository: " + what,
        "run `git fsck`; a shallow or partial clone may need `git fetch --unshallow`");
  }

  private static String name(AnyObjectId id) {
    return id.name();
  }

  @Override
  public void close() {
    git.close();
  }
}
