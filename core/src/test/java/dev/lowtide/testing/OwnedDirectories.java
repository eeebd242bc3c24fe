package dev.lowtide.testing;

import dev.lowtide.shared.Ownership;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Directories that some process of Lowtide has made. */
public final class OwnedDirectories {
  private OwnedDirectories() {}

  /** Makes a directory, if it is not there, and marks it. */
  public static void mark(TestTree tree, String path, Ownership owner) {
    try {
      owner.mark(tree.directory(path).path(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
