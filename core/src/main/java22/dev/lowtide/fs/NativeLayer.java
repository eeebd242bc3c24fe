package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.LoggerFactory;

/** The native implementations of this JDK, in place of the base layer's class of the same name. */
final class NativeLayer {
  private NativeLayer() {}

  /** The native walker, if this operating system has one and permissions allow it. */
  static Optional<TreeWalker> treeWalker() {
    return Holder.AVAILABLE ? Optional.of(new LinuxTreeWalker()) : Optional.empty();
  }

  /**
   * Opens a directory with native calls.
   *
   * @return empty if there is no native layer, if the path is not on the default file system, or if
   *     the direct open fails; opening it name by name then gives the reason
   */
  static Optional<OpenDirectory> openDirectory(Path directory) {
    return Holder.AVAILABLE ? LinuxDirectory.at(directory) : Optional.empty();
  }

  /**
   * Reads the attributes of a name with native calls.
   *
   * @return empty if there is no native layer, if the path is not on the default file system, or if
   *     the call fails; the JDK then gives the reason
   */
  static Optional<Stat> stat(Path path) {
    return Holder.AVAILABLE ? LinuxDirectory.readStat(path) : Optional.empty();
  }

  /**
   * The reader of extents for a directory; empty if its file system does not share blocks among
   * files.
   */
  static Optional<ExtentReader> extents(Path directory) {
    return Holder.AVAILABLE ? LinuxExtents.at(directory) : Optional.empty();
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
    return Holder.AVAILABLE
        ? Optional.of(LinuxFile.open(path, followParentLinks, keepAccessTime))
        : Optional.empty();
  }

  /** Whether the mounts may have changed since the last call. */
  static boolean mountsChanged() {
    return !Holder.AVAILABLE || LinuxFile.mountsChanged();
  }

  /** The bytes that this user's quota leaves on a file system; empty if there is no quota. */
  static OptionalLong remainingQuota(Path directory) {
    return Holder.AVAILABLE ? LinuxFile.remainingQuota(directory) : OptionalLong.empty();
  }

  /** Makes a file system free deferred blocks now; true if it has certainly freed all of them. */
  static boolean settle(Path directory) {
    return Holder.AVAILABLE && LinuxSettling.settle(directory);
  }

  /** The number of inodes of a directory's file system; empty if that is unknown. */
  static Optional<InodeCount> inodes(Path directory) {
    return Holder.AVAILABLE ? LinuxFile.inodes(directory) : Optional.empty();
  }

  /** The native flock(2), available whenever the native walker is. */
  static Optional<Flock> flock() {
    return Holder.AVAILABLE ? Optional.of(new LinuxFlock()) : Optional.empty();
  }

  /** Determined at the first use, since preparing a call into native code takes milliseconds. */
  private static final class Holder {
    static final boolean AVAILABLE = find();

    private static boolean find() {
      String missing;
      if (!System.getProperty("os.name").equals("Linux")) {
        missing = "the operating system is not Linux";
      } else if (!NativeLayer.class.getModule().isNativeAccessEnabled()) {
        String module = NativeLayer.class.getModule().getName();
        missing =
            "it needs the option --enable-native-access="
                + (module == null ? "ALL-UNNAMED" : module);
      } else {
        try {
          Libc.check();
          return true;
        } catch (UnsupportedOperationException e) {
          missing = String.valueOf(e.getMessage());
        }
      }
      LoggerFactory.getLogger(NativeLayer.class).debug("No native layer: {}", missing);
      return false;
    }
  }
}
