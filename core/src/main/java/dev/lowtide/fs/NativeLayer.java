package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The fast implementations that need the foreign-function API. This is the base layer, for JDK 17,
 * which has none; the class of the same name under {@code src/main/java22} takes its place on JDK
 * 22 and newer.
 */
final class NativeLayer {
  private NativeLayer() {}

  /** The native walker, if this JDK, operating system and set of permissions have one. */
  static Optional<TreeWalker> treeWalker() {
    return Optional.empty();
  }

  /**
   * Opens a directory natively.
   *
   * @return nothing if there is no native layer, if the path is none of the operating system, or if
   *     it cannot be opened as a whole; opening it name by name tells why
   */
  static Optional<OpenDirectory> openDirectory(Path directory) {
    return Optional.empty();
  }

  /**
   * Looks at a name natively.
   *
   * @return nothing if there is no native layer, if the path is none of the operating system, or if
   *     the kernel will not; asking the JDK tells why
   */
  static Optional<Stat> stat(Path path) {
    return Optional.empty();
  }

  /** The reader of extents for a directory, where its file system shares blocks among files. */
  static Optional<ExtentReader> extents(Path directory) {
    return Optional.empty();
  }

  /**
   * Opens a file natively, for reading and without waiting for a writer.
   *
   * @param stray whether a link above the file may lead to it; its own name is never followed
   * @param quiet whether its time of access stays as it is, if this user may ask for that
   * @return nothing if there is no native layer
   * @throws IOException if it cannot be opened
   */
  static Optional<OpenFile> openFile(Path path, boolean stray, boolean quiet) throws IOException {
    return Optional.empty();
  }

  /**
   * What this user's quota leaves of a file system; nothing if there is none or no native layer.
   */
  static OptionalLong quotaLeft(Path directory) {
    return OptionalLong.empty();
  }

  /** Has a file system free now what it frees later; true if it tells that it has. */
  static boolean settle(Path directory) {
    return false;
  }

  /** Whether the mounts may have changed since this was last asked. */
  static boolean mountsChanged() {
    return true;
  }

  /** The inodes of the file system of a directory, where there is a native layer. */
  static Optional<InodeCount> inodes(Path directory) {
    return Optional.empty();
  }

  /** The native locks, where there is a native walker. */
  static Optional<Flock> flock() {
    return Optional.empty();
  }
}
