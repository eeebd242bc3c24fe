package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;

/** Without the native layer, on a JDK that has one. */
class PortableOpenDirectoryOnRealFilesIT extends OpenDirectoryOnRealFilesTest {
  @Override
  OpenDirectory open(Path path) throws IOException {
    return OpenDirectory.openPortably(path, false);
  }
}
