package dev.lowtide.fs;

import java.util.Optional;
import org.slf4j.LoggerFactory;

/** The native implementations of this JDK, in place of the base layer's class of the same name. */
final class NativeLayer {
  private NativeLayer() {}

  /** The native walker, if this operating system and set of permissions have one. */
  static Optional<TreeWalker> treeWalker() {
    return Holder.WALKER;
  }

  /** The native locks, where there is a native walker. */
  static Optional<Flock> flock() {
    return Holder.FLOCK;
  }

  /**
   * Looked for when it is first wanted: every call into native code takes milliseconds to prepare.
   */
  private static final class Holder {
    static final Optional<TreeWalker> WALKER = find();
    static final Optional<Flock> FLOCK = WALKER.map(walker -> new LinuxFlock());

    private static Optional<TreeWalker> find() {
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
          return Optional.of(new LinuxTreeWalker(Libc.load()));
        } catch (UnsupportedOperationException e) {
          missing = String.valueOf(e.getMessage());
        }
      }
      LoggerFactory.getLogger(NativeLayer.class).debug("No native layer: {}", missing);
      return Optional.empty();
    }
  }
}
