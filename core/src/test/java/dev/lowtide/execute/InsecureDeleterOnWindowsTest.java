package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** By paths, where the file system has nothing better. */
class InsecureDeleterOnWindowsTest extends DeleterContract {
  @Override
  Deleter deleter() {
    return Deleter.insecureAllowed();
  }

  @Override
  Path emptyDirectory() {
    return TestTree.in(Jimfs.newFileSystem(Configuration.windows())).root();
  }

  @Test
  void theSecureOneRefuses() throws IOException {
    tree().file("v/a");

    assertThatThrownBy(() -> Deleter.secure().delete(tree().path("v"), identity(tree().path("v"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("allow insecure deletion");
    assertThat(tree().has("v/a")).isTrue();
  }
}
