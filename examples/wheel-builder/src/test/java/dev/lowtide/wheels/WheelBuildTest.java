package dev.lowtide.wheels;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.base.Strings;
import java.util.List;
import org.junit.jupiter.api.Test;

class WheelBuildTest {
  private static List<String> causes(String output) {
    return WheelBuild.causes(Splitter.on('\n').splitToList(output));
  }

  @Test
  void theCauseOfAFailureIsShownAlthoughItsLineIsFarAbove() {
    String output =
        "gcc -c a.c\na.c:1:10: fatal error: missing.h: No such file or directory\n"
            + Strings.repeat("gcc -c other.c\n", 100)
            + "make: *** [all] Error 2\nexit 2\nnote: not from pip\nfailed";

    assertThat(causes(output))
        .containsExactly(
            "a.c:1:10: fatal error: missing.h: No such file or directory",
            "make: *** [all] Error 2",
            "exit 2",
            "note: not from pip",
            "failed");
  }

  @Test
  void atMostTenCausesAreShown() {
    assertThat(causes(Strings.repeat("x.c: error: a\n", 100) + "1\n2\n3")).hasSize(13);
  }
}
