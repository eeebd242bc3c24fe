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
   * @return empty if there is no native layer, if the path is not on the default file system, or if
   *     the direct open fails; opening it name by name then gives the reason
   */
  static Optional<OpenDirectory> openDirectory(Path directory) {
    return Optional.empty();
  }

  /**
   * Reads the attributes of a name with native calls.
   *
   * @return empty if there is no native layer, if the path is not on the default file system, or if
   *     the call fails; the JDK then gives the reason
   */
  static Optional<Stat> stat(Path path) {
    return Optional.empty();
  }

  /**
   * The reader of extents for a directory; empty if its file system does not share blocks among
   * files.
   */
  static Optional<ExtentReader> extents(Path directory) {
    return Optional.empty();
  }

  /**
   * Opens a file natively, for reading and without waiting for a writer.
   *
   * @param followParentLinks whether directories above the file may be symbolic links; the last
   *     name is never followed
   * @param keepAccessTime whether reading leaves the access time unchanged, if this user may
   *     request that
   * @return empty if there is no native layer
   * @throws IOException if it cannot be opened
   */
  static Optional<OpenFile> openFile(Path path, boolean followParentLinks, boolean keepAccessTime)
      throws IOException {
    return Optional.empty();
  }

  /**
   * The bytes that this user's quota leaves on a file system; empty if there is no quota or no
   * native layer.
   */
  static OptionalLong remainingQuota(Path directory) {
    return OptionalLong.empty();
  }

  /** Makes a file system free deferred blocks now; true if it has certainly freed all of them. */
  static boolean settle(Path directory) {
    return false;
  }

  /** Whether the mounts may have changed since the last call. */
  static boolean mountsChanged() {
    return true;
  }

  /** The number of inodes of a directory's file system; empty without the native layer. */
  static Optional<InodeCount> inodes(Path directory) {
    return Optional.empty();
  }

  /** The native flock(2), available whenever the native walker is. */
  static Optional<Flock> flock() {
    return Optional.empty();
  }
}
