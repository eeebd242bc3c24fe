package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class NativeLayerTest {
  /** Set where the packaged jar is tested on the newer JDK. */
  private static final boolean EXPECTED =
      Boolean.getBoolean("lowtide.expect.native") && System.getProperty("os.name").equals("Linux");

  @Test
  void bringsItsWalkerExactlyWhereTheBuildExpectsIt() {
    assertThat(NativeLayer.treeWalker().map(TreeWalker::name))
        .isEqualTo(EXPECTED ? Optional.of("linux") : Optional.empty());
  }

  @Test
  void bringsItsLocksWhereItBringsItsWalker() {
    assertThat(NativeLayer.flock().isPresent()).isEqualTo(EXPECTED);
  }

  @Test
  void isTestedInsideItsModule() {
    assertThat(NativeLayer.class.getModule().getName()).isEqualTo("dev.lowtide.core");
  }
}
