package dev.lowtide.execute;

/** Without the native layer, on a JDK that has one. */
class PortableDeleterOnRealFilesIT extends SecureDeleterOnRealFilesTest {
  @Override
  String layer() {
    return "portable";
  }
}
