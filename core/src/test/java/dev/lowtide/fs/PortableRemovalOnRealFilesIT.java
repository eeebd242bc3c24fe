package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Without the native layer, on a JDK that has one. */
class PortableRemovalOnRealFilesIT extends RemovalContract {
  @TempDir Path directory;

  @Override
  Path emptyDirectory() throws IOException {
    return directory.toRealPath();
  }

  @Override
  OpenDirectory open(Path path) throws IOException {
    return OpenDirectory.openPortably(path, false);
  }
}
