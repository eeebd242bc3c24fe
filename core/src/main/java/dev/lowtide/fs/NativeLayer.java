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

  /** The native walker, if this JDK and operating system have one and permissions allow it. */
  static Optional<TreeWalker> treeWalker() {
    return Optional.empty();
  }

  /**
   * Opens a directory with native calls.
   *
   * @return empty if there is no native layer, if the path is not one of the operating system, or
   *     if it cannot be opened at once; opening it name by name then gives the reason
   */
  static Optional<OpenDirectory> openDirectory(Path directory) {
    return Optional.empty();
  }

  /**
   * Reads the attributes of a name with native calls.
   *
   * @return empty if there is no native layer, if the path is not one of the operating system, or
   *     if the call fails; the JDK then gives the reason
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
   * @param stray whether directories above the file may be symbolic links; the last name is never
   *     followed
   * @param quiet whether its access time is left unchanged, if this user may do so
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

  /** Makes a file system free now what it would free later; true if it certainly has. */
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
