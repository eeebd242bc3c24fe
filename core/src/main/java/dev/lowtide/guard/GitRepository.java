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
  private static final int MAX_INDEX_BYTES = 64 << 20;

  private static final int MAX_TEXT_BYTES = 1 << 20;

  private final Path workingTree;
  private final Path directory;

  private GitRepository(Path workingTree, Path directory) {
    this.workingTree = workingTree;
    this.directory = directory;
  }

  /** An operation that is in progress while a file exists, and how to end it. */
  private record Unfinished(String file, String operation, String remedy) {}

  /** The files that {@code wt-status.c} and {@code lockfile.h} of Git 2.39 check. */
  private static final List<Unfinished> UNFINISHED =
      List.of(
          new Unfinished(
              "index.lock",
              "the index is locked",
              "wait until Git has finished, or remove that file if no Git is running"),
          new Unfinished("MERGE_HEAD", "a merge", "run git merge --continue or --abort"),
          new Unfinished("rebase-merge", "a rebase", "run git rebase --continue or --abort"),
          new Unfinished(
              "rebase-apply", "a rebase or git am", "run git rebase --abort or git am --abort"),
          new Unfinished(
              "CHERRY_PICK_HEAD", "a cherry-pick", "run git cherry-pick --continue or --abort"),
          new Unfinished("REVERT_HEAD", "a revert", "run git revert --continue or --abort"),
          new Unfinished(
              "sequencer",
              "a cherry-pick or a revert",
              "run git cherry-pick --abort or git revert --abort"),
          new Unfinished("BISECT_LOG", "a bisection", "run git bisect reset"));

  /**
   * A cache of parsed indexes, each valid until its file changes, since a repository may contain
   * many candidates.
   */
  static final class IndexCache {
    private static final int MAX_ENTRIES = 16;

    private record Stamp(@Nullable Object fileKey, FileTime modified, long size, boolean sha256) {}

    private record ParsedIndex(Stamp stamp, GitIndex index) {}

    private final Cache<Path, ParsedIndex> cache =
        CacheBuilder.newBuilder().maximumSize(MAX_ENTRIES).softValues().build();

    private GitIndex of(Path file, boolean sha256) throws IOException {
      Stamp stamp;
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        stamp = new Stamp(now.fileKey(), now.lastModifiedTime(), now.size(), sha256);
      } catch (NoSuchFileException e) {
        return GitIndex.EMPTY; // nothing was ever added
      }
      ParsedIndex cached = cache.getIfPresent(file);
      if (cached == null || !cached.stamp().equals(stamp)) {
        GitIndex index =
            GitIndex.parse(
                file, ForeignFile.at(file).followingLinks().bytes(MAX_INDEX_BYTES), sha256);
        cached = new ParsedIndex(stamp, index);
        cache.put(file, cached);
      }
      return cached.index();
    }
  }

  /**
   * A repository in a tree, which would be removed with the tree.
   *
   * @param includesBare whether bare repositories count; tools keep such in their caches
   */
  static Optional<Path> find(Entry subtree, boolean includesBare) {
    return subtree
        .entries()
        .filter(entry -> isRepository(entry) || (includesBare && isBare(entry)))
        .map(Entry::path)
        .findFirst();
  }

  /**
   * On some file systems .GIT is .git. All these names begin with one of two characters, which few
   * other names do.
   */
  static boolean isRepository(Entry entry) {
    return (entry.nameStartsWith(".") && REPOSITORIES.contains(Ascii.toLowerCase(entry.name())))
        || VersionControl.isMetadata(entry);
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
   * @param hasDotGit whether it contains an entry {@code .git}, as a working tree does
   * @param hasBareContents whether it has the contents of a repository
   * @param hasRepositoryName whether it has the name of the repository in a working tree
   * @param otherSystem the path that makes it a working copy of another version control system
   */
  record Signs(
      Path directory,
      boolean hasDotGit,
      boolean hasBareContents,
      boolean hasRepositoryName,
      Optional<Path> otherSystem) {
    /**
     * The signs of a directory that is in no snapshot.
     *
     * @param otherSystem the result of {@link VersionControl#metadataIn(Path)}
     */
    static Optional<Signs> of(Path directory, Optional<Path> otherSystem) {
      Path name = directory.getFileName();
      return of(
          () -> directory,
          Files.exists(directory.resolve(".git"), LinkOption.NOFOLLOW_LINKS),
          Files.exists(directory.resolve("HEAD"), LinkOption.NOFOLLOW_LINKS)
              && Files.isDirectory(directory.resolve("objects"))
              && Files.isDirectory(directory.resolve("refs")),
          name != null && isName(name.toString()),
          otherSystem);
    }

    /** Whether a directory has none of the signs, by its own name and the names in it. */
    static boolean areNone(Path directory, Set<String> names) {
      return !isName(String.valueOf(directory.getFileName()))
          && names.stream()
              .noneMatch(
                  name ->
                      isDotGit(name)
                          || Ascii.equalsIgnoreCase(name, "HEAD")
                          || VersionControl.mayBeMetadata(name));
    }

    static Optional<Signs> of(Entry entry) {
      return of(
          entry::path,
          entry.children().stream().anyMatch(Signs::isDotGit),
          isBare(entry),
          (entry.nameStartsWith(".") || entry.nameStartsWith("_")) && isName(entry.name()),
          VersionControl.metadataIn(entry));
    }

    private static Optional<Signs> of(
        Supplier<Path> directory,
        boolean hasDotGit,
        boolean hasBareContents,
        boolean hasRepositoryName,
        Optional<Path> otherSystem) {
      return hasDotGit || hasBareContents || hasRepositoryName || otherSystem.isPresent()
          ? Optional.of(
              new Signs(
                  directory.get(), hasDotGit, hasBareContents, hasRepositoryName, otherSystem))
          : Optional.empty();
    }

    boolean isNamedLikeGit() {
      return isDotGit(String.valueOf(directory.getFileName()));
    }

    private static boolean isName(String name) {
      return isDotGit(name) || VersionControl.isMetadataName(name);
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
   * Why the repositories around a path forbid its removal: it is part of a repository, Git tracks a
   * file at or below it, or that cannot be determined. All of them are checked, because a
   * repository further up may track the path too.
   *
   * @param signs the directories that look like a repository: the path, the directory above it, and
   *     so on
   * @throws IOException if one cannot be read or parsed; then the path must be kept, since it might
   *     be tracked
   */
  static Optional<String> objection(
      Path path, IndexCache indexes, MercurialDirstate.DirstateCache dirstates, List<Signs> signs)
      throws IOException {
    boolean inWorkingTree = false;
    for (Signs sign : signs) {
      if (sign.hasRepositoryName() || (sign.hasBareContents() && !inWorkingTree)) {
        return Optional.of(
            "it is part of the "
                + (sign.hasRepositoryName() && !sign.isNamedLikeGit()
                    ? "repository "
                    : "Git repository ")
                + Printable.of(sign.directory()));
      }
      if (sign.otherSystem().isPresent()) {
        Optional<String> objection =
            VersionControl.objection(path, sign.otherSystem().get(), dirstates);
        if (objection.isPresent()) {
          return objection;
        }
      }
      if (sign.hasDotGit()) {
        inWorkingTree = true;
        Optional<String> objection = of(sign.directory()).objectionTo(path, indexes);
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
      throw new IOException(
          "the Git repository of " + workingTree + " does not exist: " + directory);
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

  private Optional<String> objectionTo(Path path, IndexCache indexes) throws IOException {
    for (Unfinished each : UNFINISHED) {
      Path file = directory.resolve(each.file());
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of(
            "a Git operation has not ended: "
                + each.operation()
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
    Optional<String> otherWorkingTreeObjection =
        otherWorkingTreeObjection(config, common.isPresent());
    if (otherWorkingTreeObjection.isPresent()) {
      return otherWorkingTreeObjection;
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
   * An objection if {@code core.worktree} names another directory: then the index lists the files
   * of that directory. For a linked working tree, the setting applies only if each working tree has
   * its own configuration.
   */
  private Optional<String> otherWorkingTreeObjection(GitConfig config, boolean linked)
      throws IOException {
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
    Path namedTree = resolve(directory, setting.get());
    return Files.exists(namedTree) && Files.isSameFile(namedTree, workingTree)
        ? Optional.empty()
        : Optional.of(
            "what Git tracks here is unknown: core.worktree of "
                + Printable.of(directory)
                + " names "
                + Printable.of(namedTree)
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
      throw new IOException("the Git configuration " + file + " cannot be parsed", e);
    }
  }

  /** The contents of a file; empty if it does not exist. */
  private static Optional<String> text(Path file) throws IOException {
    try {
      return Optional.of(
          new String(ForeignFile.at(file).followingLinks().bytes(MAX_TEXT_BYTES), UTF_8));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
