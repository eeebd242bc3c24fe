package dev.lowtide.fs;

/** Tells whether the native layer is there: on Linux, where native access is enabled for us. */
final class NativeLayer {
  private NativeLayer() {}

  static boolean available() {
    return System.getProperty("os.name").equals("Linux")
        && NativeLayer.class.getModule().isNativeAccessEnabled();
  }
}
