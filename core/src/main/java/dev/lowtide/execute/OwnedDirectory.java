package dev.lowtide.execute;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lowtide.fs.OutputFile;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Ownership;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes directories that bear the mark of this process, so that a process that finds one after a
 * crash knows that it may go.
 */
public final class OwnedDirectory {
  private OwnedDirectory() {}

  /**
   * Creates a new directory and marks it.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is something already
   */
  public static Path create(Path directory) throws IOException {
    Files.createDirectory(directory);
    mark(directory, Ownership.current());
    return directory;
  }

  /** Marks a directory that is there as the work of a process. */
  public static void mark(Path directory, Ownership owner) throws IOException {
    byte[] text = owner.markerText(Stat.of(directory).identity()).getBytes(UTF_8);
    OutputFile.write(directory.resolve(Marker.OWNED.fileName()), out -> out.write(text));
  }
}
