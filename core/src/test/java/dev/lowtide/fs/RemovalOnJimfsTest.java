package dev.lowtide.fs;

import dev.lowtide.testing.TestTree;
import java.nio.file.Path;

class RemovalOnJimfsTest extends RemovalContract {
  @Override
  Path emptyDirectory() {
    return TestTree.inMemory().root();
  }
}
