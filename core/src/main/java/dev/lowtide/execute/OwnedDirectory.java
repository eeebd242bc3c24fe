package dev.lowtide.execute;

import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Ownership;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes directories that bear the mark of this process, so that whoever finds one after a crash
 * knows that it may go.
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
    Files.writeString(directory.resolve(Marker.OWNED.fileName()), Ownership.current().markerText());
    return directory;
  }
}
