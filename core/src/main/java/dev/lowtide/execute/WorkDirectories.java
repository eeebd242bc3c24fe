package dev.lowtide.execute;

import dev.lowtide.FileIdentity;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeRemover;
import dev.lowtide.shared.Ownership;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The directories that a run created to work in. A plan never removes the root of a target, and
 * these directories are roots, so the run that created them removes them itself if they are empty
 * at the end. Policies remove the directories that a killed run leaves behind, if they were
 * {@linkplain #createOwned marked}.
 *
 * <p>Not thread-safe.
 */
public final class WorkDirectories {
  private record Created(Path path, FileIdentity identity) {}

  private final TreeRemover remover = new TreeRemover(false);
  private final Deque<Created> innermostFirst = new ArrayDeque<>();

  /** An empty set of directories. */
  public WorkDirectories() {}

  /**
   * Creates a directory and its missing parents. A directory that exists already is not removed
   * later, since it belongs to others.
   *
   * @throws IOException if it cannot be created, or something else has the name
   */
  public void create(Path directory) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    for (Path path = directory.toAbsolutePath();
        path != null && !Files.isDirectory(path);
        path = path.getParent()) {
      missing.addFirst(path);
    }
    for (Path path : missing) {
      Files.createDirectory(path);
      innermostFirst.addFirst(new Created(path, Stat.of(path).identity()));
    }
  }

  /**
   * Creates a new directory with a marker that names this process, so that a later process may
   * remove the directory when this process has ended. {@link #removeEmpty} does not remove it.
   *
   * @throws java.nio.file.FileAlreadyExistsException if the path exists
   */
  public static Path createOwned(Path directory) throws IOException {
    Files.createDirectory(directory);
    Ownership.current().mark(directory);
    return directory;
  }

  /**
   * Removes the directories that are empty and were not replaced, the innermost first.
   *
   * @throws IOException if a directory is empty and cannot be removed
   */
  public void removeEmpty() throws IOException {
    while (!innermostFirst.isEmpty()) {
      Created created = innermostFirst.removeFirst();
      remover.removeIfEmpty(created.path(), created.identity());
    }
  }
}
