package dev.lowtide.execute;

import dev.lowtide.testing.TestTree;
import java.nio.file.Path;

class SecureDeleterOnJimfsTest extends DeleterContract {
  @Override
  Deleter deleter() {
    return Deleter.secure();
  }

  @Override
  Path emptyDirectory() {
    return TestTree.inMemory().root();
  }
}
