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
    return Holder.THERE ? Optional.of(new LinuxTreeWalker()) : Optional.empty();
  }

  /**
   * Opens a directory with native calls.
   *
   * @return empty if there is no native layer, if the path is not one of the operating system, or
   *     if it cannot be opened at once; opening it name by name then gives the reason
   */
  static Optional<OpenDirectory> openDirectory(Path directory) {
    return Holder.THERE ? LinuxDirectory.at(directory) : Optional.empty();
  }

  /**
   * Reads the attributes of a name with native calls.
   *
   * @return empty if there is no native layer, if the path is not one of the operating system, or
   *     if the call fails; the JDK then gives the reason
   */
  static Optional<Stat> stat(Path path) {
    return Holder.THERE ? LinuxDirectory.readStat(path) : Optional.empty();
  }

  /** The reader of extents for a directory, where its file system shares blocks among files. */
  static Optional<ExtentReader> extents(Path directory) {
    return Holder.THERE ? LinuxExtents.at(directory) : Optional.empty();
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
    return Holder.THERE ? Optional.of(LinuxFile.open(path, stray, quiet)) : Optional.empty();
  }

  /** Whether the mounts may have changed since this was last asked. */
  static boolean mountsChanged() {
    return !Holder.THERE || LinuxFile.mountsChanged();
  }

  /** What this user's quota leaves of a file system; nothing if there is none. */
  static OptionalLong quotaLeft(Path directory) {
    return Holder.THERE ? LinuxFile.quotaLeft(directory) : OptionalLong.empty();
  }

  /** Makes a file system free now what it would free later; true if it certainly has. */
  static boolean settle(Path directory) {
    return Holder.THERE && LinuxSettling.settle(directory);
  }

  /** The inodes of the file system of a directory, where there is a native layer. */
  static Optional<InodeCount> inodes(Path directory) {
    return Holder.THERE ? LinuxFile.inodes(directory) : Optional.empty();
  }

  /** The native locks, where there is a native walker. */
  static Optional<Flock> flock() {
    return Holder.THERE ? Optional.of(new LinuxFlock()) : Optional.empty();
  }

  /**
   * Looked for when it is first wanted: every call into native code takes milliseconds to prepare.
   */
  private static final class Holder {
    static final boolean THERE = find();

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
