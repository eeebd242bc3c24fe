package dev.lowtide.execute;

import dev.lowtide.testing.TestTree;
import java.nio.file.Path;

class QuarantineOnJimfsTest extends QuarantineContract {
  @Override
  Path emptyDirectory() {
    return TestTree.inMemory().root();
  }
}
