package dev.lowtide.probe;

import dev.lowtide.testing.TestTree;
import java.nio.file.Path;

class PortableProbeOnJimfsTest extends SizeProbeContract {
  @Override
  SizeProbe probe() {
    return SizeProbe.portable();
  }

  @Override
  Path emptyDirectory() {
    return TestTree.inMemory().root();
  }
}
