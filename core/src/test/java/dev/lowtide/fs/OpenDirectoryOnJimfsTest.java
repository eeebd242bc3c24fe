package dev.lowtide.fs;

import dev.lowtide.testing.TestTree;
import java.nio.file.Path;

class OpenDirectoryOnJimfsTest extends OpenDirectoryContract {
  @Override
  Path emptyDirectory() {
    return TestTree.inMemory().root();
  }
}
