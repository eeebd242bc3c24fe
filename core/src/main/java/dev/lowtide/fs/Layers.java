package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Whether a file system is put together from layers, of which only the topmost is changed. */
public final class Layers {
  /** As mountinfo names them; containers/fuse-overlayfs 1.10 for the second. */
  private static final Set<String> TYPES = Set.of("overlay", "fuse.fuse-overlayfs");

  private Layers() {}

  /**
   * Whether what a directory holds may lie in a lower layer, where it takes its space for ever.
   * Nobody can tell which of it does: the file system shows its layers as one.
   */
  public static boolean isLayered(Path directory) {
    try {
      return directory.getFileSystem().equals(FileSystems.getDefault())
          && TYPES.contains(Files.getFileStore(directory).type());
    } catch (IOException e) {
      return false; // it is gone, and so is what would be asked about
    }
  }
}
