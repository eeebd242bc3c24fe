package dev.lowtide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeepPatternTest {
  private final CleanupTarget target = CleanupTarget.of("workspace", Path.of("/tree"));

  @ParameterizedTest
  @ValueSource(strings = {"", "/dist", "dist/", "./dist", "a/../b", "..", "."})
  void thatCouldNeverMatchIsRejected(String glob) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> target.keeping(glob))
        .withMessageContaining("'" + glob + "' can match nothing; write it relative to the root");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dist", "dist/**", "*.whl", ".env", "a/.b/c..d", "**/x", "{a,b}/c"})
  void relativeToTheRootIsTaken(String glob) {
    assertThat(target.keeping(glob).keep()).isEqualTo(Set.of(glob));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[a", "{a", "\\"})
  void thatIsNoGlobIsRejectedInOneLine(String glob) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> target.keeping(glob))
        .withMessageContaining("'" + glob + "' is not a glob: ")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }
}
