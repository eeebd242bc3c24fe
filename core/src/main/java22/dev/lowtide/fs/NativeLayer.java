package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.LoggerFactory;

/** The native implementations of this JDK, in place of the base layer's class of the same name. */
final class NativeLayer {
  private NativeLayer() {}

  /** The native walker, if this operating system and set of permissions have one. */
  static Optional<TreeWalker> treeWalker() {
    return Holder.THERE ? Optional.of(new LinuxTreeWalker()) : Optional.empty();
  }

  /**
   * Opens a directory natively.
   *
   * @return nothing if there is no native layer, if the path is none of the operating system, or if
   *     it cannot be opened as a whole; opening it name by name tells why
   */
  static Optional<OpenDirectory> openDirectory(Path directory) {
    return Holder.THERE ? LinuxDirectory.at(directory) : Optional.empty();
  }

  /**
   * Looks at a name natively.
   *
   * @return nothing if there is no native layer, if the path is none of the operating system, or if
   *     the kernel will not; asking the JDK tells why
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
   * @param stray whether a link above the file may lead to it; its own name is never followed
   * @param quiet whether its time of access stays as it is, if this user may ask for that
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

  /** Has a file system free now what it frees later; true if it tells that it has. */
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
