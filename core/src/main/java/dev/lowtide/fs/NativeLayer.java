package dev.lowtide.fs;

import java.util.Optional;

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

  /** The native locks, where there is a native walker. */
  static Optional<Flock> flock() {
    return Optional.empty();
  }
}
