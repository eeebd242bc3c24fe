package dev.lowtide.fs;

/** Tells whether the native layer is there; this class exists again in {@code src/main/java22}. */
final class NativeLayer {
  private NativeLayer() {}

  static boolean available() {
    return false;
  }
}
