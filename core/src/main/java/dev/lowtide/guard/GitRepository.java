package dev.lowtide.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.common.base.Ascii;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The Git repository of one working tree: where it is, whether an operation is unfinished, and what
 * it tracks. Git itself is not run (docs/adr/0005), and its variables are ignored: a {@code
 * GIT_DIR} that was inherited from a hook has no effect.
 *
 * <p>The layout is described in gitrepository-layout(5) and git-worktree(1), Git 2.39.
 */
final class GitRepository {
  /** The second contains the keys of git-crypt, and is recognised like a repository. */
  private static final Set<String> REPOSITORIES = Set.of(".git", ".git-crypt");

  /** gitrepository-layout(5): the second has {@code extensions.*}. */
  private static final Set<String> FORMATS = Set.of("0", "1");

  /** The maximum size of an index; that of Linux has 10 MB. */
  private static final int MOST_INDEX_BYTES = 64 << 20;

  private static final int MOST_TEXT_BYTES = 1 << 20;

  private final Path workingTree;
  private final Path directory;

  private GitRepository(Path workingTree, Path directory) {
    this.workingTree = workingTree;
    this.directory = directory;
  }

  /** An operation that is in progress while a file exists, and how to end it. */
  private record Unfinished(String file, String what, String remedy) {}

  /** The files that {@code wt-status.c} and {@code lockfile.h} of Git 2.39 check. */
  private static final List<Unfinished> UNFINISHED =
      List.of(
          new Unfinished(
              "index.lock",
              "Git is changing the index",
              "wait for it, or remove that file if no Git is running"),
          new Unfinished("MERGE_HEAD", "a merge", "run git merge --continue or --abort"),
          new Unfinished("rebase-merge", "a rebase", "run git rebase --continue or --abort"),
          new Unfinished(
              "rebase-apply", "a rebase or git am", "run git rebase or git am with --abort"),
          new Unfinished(
              "CHERRY_PICK_HEAD", "a cherry-pick", "run git cherry-pick --continue or --abort"),
          new Unfinished("REVERT_HEAD", "a revert", "run git revert --continue or --abort"),
          new Unfinished(
              "sequencer",
              "a cherry-pick or a revert",
              "run git cherry-pick or git revert --abort"),
          new Unfinished("BISECT_LOG", "a bisection", "run git bisect reset"));

  /**
   * A cache of parsed indexes, each valid until its file changes, since a repository may contain
   * many candidates.
   */
  static final class Indexes {
    private static final int MOST = 16;

    private record Stamp(@Nullable Object fileKey, FileTime modified, long size, boolean sha256) {}

    private record Read(Stamp stamp, GitIndex index) {}

    private final Cache<Path, Read> read =
        CacheBuilder.newBuilder().maximumSize(MOST).softValues().build();

    private GitIndex of(Path file, boolean sha256) throws IOException {
      Stamp stamp;
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        stamp = new Stamp(now.fileKey(), now.lastModifiedTime(), now.size(), sha256);
      } catch (NoSuchFileException e) {
        return GitIndex.EMPTY; // nothing was ever added
      }
      Read known = read.getIfPresent(file);
      if (known == null || !known.stamp().equals(stamp)) {
        GitIndex index =
            GitIndex.parse(
                file, ForeignFile.at(file).followingLinks().bytes(MOST_INDEX_BYTES), sha256);
        known = new Read(stamp, index);
        read.put(file, known);
      }
      return known.index();
    }
  }

  /**
   * A repository in a tree, which would be removed with the tree.
   *
   * @param mirrorsToo whether bare repositories count, which tools keep in their caches
   */
  static Optional<Path> in(Entry subtree, boolean mirrorsToo) {
    return subtree
        .entries()
        .filter(entry -> isRepository(entry) || (mirrorsToo && isBare(entry)))
        .map(Entry::path)
        .findFirst();
  }

  /**
   * On some file systems .GIT is .git. All these names begin with one of two characters, which few
   * other names do.
   */
  static boolean isRepository(Entry entry) {
    return (entry.nameStartsWith(".") && REPOSITORIES.contains(Ascii.toLowerCase(entry.name())))
        || VersionControl.isOne(entry);
  }

  /**
   * Whether a directory is a bare repository. Its name is not considered: {@code project.git} is
   * only a convention.
   */
  static boolean isBare(Entry entry) {
    return entry.isDirectory()
        && entry.child("HEAD").filter(head -> head.kind() != FileKind.DIRECTORY).isPresent()
        && mayBeDirectory(entry, "objects")
        && mayBeDirectory(entry, "refs");
  }

  private static boolean mayBeDirectory(Entry parent, String name) {
    return parent.child(name).filter(child -> !child.isFile()).isPresent();
  }

  /**
   * The signs that a directory is a repository.
   *
   * @param dotGit whether it is a working tree
   * @param bare whether it has the contents of a repository
   * @param named whether it has the name of the repository in a working tree
   * @param other the path that makes it a working copy of another version control system
   */
  record Signs(Path directory, boolean dotGit, boolean bare, boolean named, Optional<Path> other) {
    /**
     * The signs of a directory that is in no snapshot.
     *
     * @param other the result of {@link VersionControl#in(Path)}
     */
    static Optional<Signs> of(Path directory, Optional<Path> other) {
      Path name = directory.getFileName();
      return of(
          () -> directory,
          Files.exists(directory.resolve(".git"), LinkOption.NOFOLLOW_LINKS),
          Files.exists(directory.resolve("HEAD"), LinkOption.NOFOLLOW_LINKS)
              && Files.isDirectory(directory.resolve("objects"))
              && Files.isDirectory(directory.resolve("refs")),
          name != null && isName(name.toString()),
          other);
    }

    static Optional<Signs> of(Entry entry) {
      return of(
          entry::path,
          entry.children().stream().anyMatch(Signs::isDotGit),
          isBare(entry),
          (entry.nameStartsWith(".") || entry.nameStartsWith("_")) && isName(entry.name()),
          VersionControl.in(entry));
    }

    private static Optional<Signs> of(
        Supplier<Path> directory,
        boolean dotGit,
        boolean bare,
        boolean named,
        Optional<Path> other) {
      return dotGit || bare || named || other.isPresent()
          ? Optional.of(new Signs(directory.get(), dotGit, bare, named, other))
          : Optional.empty();
    }

    boolean isNamedLikeGit() {
      return isDotGit(String.valueOf(directory.getFileName()));
    }

    private static boolean isName(String name) {
      return isDotGit(name) || VersionControl.isNamedLikeOne(name);
    }

    private static boolean isDotGit(Entry entry) {
      return entry.nameStartsWith(".") && isDotGit(entry.name());
    }

    /** On some file systems .GIT is .git. */
    private static boolean isDotGit(String name) {
      return Ascii.equalsIgnoreCase(name, ".git");
    }
  }

  /**
   * The objection of the repositories around a path to its removal: it belongs to a repository, Git
   * tracks a file there, or this cannot be determined. All repositories are checked, since one
   * further up may track the directory too.
   *
   * @param signs the directories that look like a repository: the path, the directory above it, and
   *     so on
   * @throws IOException if one cannot be read or parsed; then the path must be kept, since it might
   *     be tracked
   */
  static Optional<String> objection(
      Path path, Indexes indexes, MercurialDirstate.Known dirstates, List<Signs> signs)
      throws IOException {
    boolean inWorkingTree = false;
    for (Signs here : signs) {
      if (here.named() || (here.bare() && !inWorkingTree)) {
        return Optional.of(
            "it is part of the "
                + (here.named() && !here.isNamedLikeGit() ? "repository " : "Git repository ")
                + Printable.of(here.directory()));
      }
      if (here.other().isPresent()) {
        Optional<String> objection = VersionControl.objection(path, here.other().get(), dirstates);
        if (objection.isPresent()) {
          return objection;
        }
      }
      if (here.dotGit()) {
        inWorkingTree = true;
        Optional<String> objection = of(here.directory()).objectionTo(path, indexes);
        if (objection.isPresent()) {
          return objection;
        }
      }
    }
    return Optional.empty();
  }

  private static GitRepository of(Path workingTree) throws IOException {
    Path directory = directory(workingTree.resolve(".git"));
    if (!Files.isDirectory(directory)) {
      // A working tree without its repository, for example in a container that mounts only the
      // working tree
      throw new IOException("the Git repository of " + workingTree + " is not there: " + directory);
    }
    return new GitRepository(workingTree, directory);
  }

  /** A linked working tree and a submodule have a file that names the directory. */
  private static Path directory(Path dotGit) throws IOException {
    if (Files.isDirectory(dotGit)) {
      return dotGit;
    }
    String text = text(dotGit).orElse("").strip();
    if (!text.startsWith("gitdir: ")) {
      throw new IOException(dotGit + " does not name a Git repository");
    }
    return resolve(requireNonNull(dotGit.getParent()), text.substring("gitdir: ".length()));
  }

  private Optional<String> objectionTo(Path path, Indexes indexes) throws IOException {
    for (Unfinished each : UNFINISHED) {
      Path file = directory.resolve(each.file());
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of(
            "Git is changing what it tracks here: "
                + each.what()
                + (each.file().equals("index.lock") ? "" : " is in progress")
                + " ("
                + Printable.of(file)
                + "); "
                + each.remedy());
      }
    }
    Optional<String> common = text(directory.resolve("commondir"));
    Path shared = common.isPresent() ? resolve(directory, common.get().strip()) : directory;
    GitConfig config = config(shared.resolve("config"));
    String format = config.value("core.repositoryformatversion").orElse("0");
    if (!FORMATS.contains(format)) {
      throw new IOException("the format '" + format + "' of " + shared + " is not known");
    }
    Optional<String> elsewhere = elsewhere(config, common.isPresent());
    if (elsewhere.isPresent()) {
      return elsewhere;
    }
    boolean sha256 = config.value("extensions.objectformat").filter("sha256"::equals).isPresent();
    return indexes
        .of(directory.resolve("index"), sha256)
        .trackedAtOrBelow(workingTree.relativize(path), config.isTrue("core.ignorecase"))
        .map(
            file ->
                "Git tracks "
                    + Printable.of(workingTree + "/" + file)
                    + "; to allow its removal, run git rm --cached");
  }

  /**
   * The directory that {@code core.worktree} names, if any; the index then lists the files of that
   * one. For a linked working tree the setting applies only if each working tree has a
   * configuration of its own.
   */
  private Optional<String> elsewhere(GitConfig config, boolean linked) throws IOException {
    Optional<String> setting = config.value("core.worktree").filter(value -> !linked);
    if (config.isTrue("extensions.worktreeconfig")) {
      setting =
          config(directory.resolve("config.worktree"))
              .value("core.worktree")
              .or(() -> config.value("core.worktree"));
    }
    if (setting.isEmpty()) {
      return Optional.empty();
    }
    Path named = resolve(directory, setting.get());
    return Files.exists(named) && Files.isSameFile(named, workingTree)
        ? Optional.empty()
        : Optional.of(
            "what Git tracks here is unknown: core.worktree of "
                + Printable.of(directory)
                + " names "
                + Printable.of(named)
                + "; unset it to allow the removal");
  }

  private static Path resolve(Path directory, String text) throws IOException {
    try {
      return directory.resolve(text);
    } catch (InvalidPathException e) {
      throw new IOException("what Git names in " + directory + " is not a path", e);
    }
  }

  private static GitConfig config(Path file) throws IOException {
    try {
      return GitConfig.parse(text(file).orElse(""));
    } catch (IOException e) {
      throw new IOException("the Git configuration " + file + " is not understood", e);
    }
  }

  /** The contents of a file; empty if it does not exist. */
  private static Optional<String> text(Path file) throws IOException {
    try {
      return Optional.of(
          new String(ForeignFile.at(file).followingLinks().bytes(MOST_TEXT_BYTES), UTF_8));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
