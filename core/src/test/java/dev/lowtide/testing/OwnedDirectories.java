package dev.lowtide.testing;

import dev.lowtide.execute.OwnedDirectory;
import dev.lowtide.policy.Ownership;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Directories that some process of Lowtide has made. */
public final class OwnedDirectories {
  private OwnedDirectories() {}

  /** Makes a directory, if it is not there, and marks it. */
  public static void mark(TestTree tree, String path, Ownership owner) {
    try {
      OwnedDirectory.mark(tree.directory(path).path(path), owner);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
