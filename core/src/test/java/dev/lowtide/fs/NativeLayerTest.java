package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NativeLayerTest {
  /** Set where the packaged jar is tested on the newer JDK. */
  private static final boolean EXPECTED =
      Boolean.getBoolean("lowtide.expect.native") && System.getProperty("os.name").equals("Linux");

  @Test
  void isThereExactlyWhereTheBuildExpectsIt() {
    assertThat(NativeLayer.available()).isEqualTo(EXPECTED);
  }

  @Test
  void isTestedInsideItsModule() {
    assertThat(NativeLayer.class.getModule().getName()).isEqualTo("dev.lowtide.core");
  }
}
