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
 * The directories that a run had to create to have a place to work in. A plan never removes a
 * target's root, and these are roots; so the run that created them takes them away itself, if they
 * are as empty in the end as in the beginning. What a run that is killed leaves behind is removed
 * by policies if it was {@linkplain #createOwned marked}.
 *
 * <p>For one thread.
 */
public final class WorkDirectories {
  private record Created(Path path, FileIdentity identity) {}

  private final TreeRemover remover = new TreeRemover(false);
  private final Deque<Created> innermostFirst = new ArrayDeque<>();

  /** Remembers nothing yet. */
  public WorkDirectories() {}

  /**
   * Creates a directory with the parents that are missing. One that is there already is somebody
   * else's and not remembered.
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
   * Creates a new directory that bears the mark of this process, so that a later process knows that
   * it may remove the directory when this one has gone. {@link #removeEmpty} does not remove it.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is something already
   */
  public static Path createOwned(Path directory) throws IOException {
    Files.createDirectory(directory);
    Ownership.current().mark(directory);
    return directory;
  }

  /**
   * Removes those that are empty, and were not replaced, from the innermost out.
   *
   * @throws IOException if one is empty and cannot be removed
   */
  public void removeEmpty() throws IOException {
    while (!innermostFirst.isEmpty()) {
      Created created = innermostFirst.removeFirst();
      remover.removeIfEmpty(created.path(), created.identity());
    }
  }
}
