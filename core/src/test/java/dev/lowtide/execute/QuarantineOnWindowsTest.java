package dev.lowtide.execute;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.testing.TestTree;
import java.nio.file.Path;

/** By paths, where the file system has nothing better. */
class QuarantineOnWindowsTest extends QuarantineContract {
  @Override
  Path emptyDirectory() {
    return TestTree.in(Jimfs.newFileSystem(Configuration.windows())).root();
  }

  @Override
  Deleter deleter() {
    return Deleter.insecureAllowed();
  }
}
