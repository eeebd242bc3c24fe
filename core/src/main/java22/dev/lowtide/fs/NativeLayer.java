package dev.lowtide.fs;

import java.util.Optional;

/** The native implementations of this JDK, in place of the base layer's class of the same name. */
final class NativeLayer {
  private NativeLayer() {}

  static Optional<TreeWalker> treeWalker() {
    return Optional.empty();
  }
}
