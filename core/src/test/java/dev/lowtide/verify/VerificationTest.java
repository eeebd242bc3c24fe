package dev.lowtide.verify;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.ByteSize;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VerificationTest {
  private final TestTree tree = TestTree.inMemory().file("a/old", kib(64));

  private DiskBaseline baseline(String path) throws IOException {
    return DiskBaseline.capture(Map.of("place", tree.path(path)), SizeProbe.portable(), NOW);
  }

  @Test
  void passesWhereNothingHasGrown() throws IOException {
    assertThat(Verification.compare(baseline("a"), baseline("a"), Map.of()).passed()).isTrue();
  }

  @Test
  void listsWhatHasGrownLargestFirst() throws IOException {
    DiskBaseline before = baseline("a");
    tree.file("a/small", kib(8)).file("a/large", kib(32));

    Verification verification = Verification.compare(before, baseline("a"), Map.of());

    assertThat(verification.passed()).isFalse();
    assertThat(verification.locations().get(0).grown())
        .extracting(Verification.Growth::path)
        .startsWith(tree.path("a/large"), tree.path("a/small"));
    assertThatThrownBy(verification::orThrow)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("/work/a/large");
  }

  @Test
  void passesWithinTheTolerance() throws IOException {
    DiskBaseline before = baseline("a");
    tree.file("a/small", kib(8));

    assertThat(
            Verification.compare(before, baseline("a"), Map.of("place", ByteSize.kibibytes(64)))
                .passed())
        .isTrue();
  }

  @Test
  void aPlaceThatIsNotThereTakesNothing() throws IOException {
    assertThat(baseline("missing").locations().get("place").bytes()).isZero();
  }

  @Test
  void aToleranceForAnUnknownPlaceIsRefused() throws IOException {
    DiskBaseline before = baseline("a");

    assertThatThrownBy(() -> Verification.compare(before, before, Map.of("x", ByteSize.ZERO)))
        .hasMessageContaining("'x'")
        .hasMessageContaining("place");
  }

  @Test
  void aBaselineIsTheSameAfterJson() throws IOException {
    DiskBaseline before = baseline("a");

    assertThat(DiskBaseline.fromJson(before.toJson())).isEqualTo(before);
  }

  @Test
  void whatIsNoBaselineIsRefused() throws IOException {
    String json = baseline("a").toJson();

    for (String wrong :
        new String[] {
          "", "[]", "{}", json.substring(0, json.length() / 2), json.replace("2026-", "x")
        }) {
      assertThatThrownBy(() -> DiskBaseline.fromJson(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("It is not a whole baseline");
    }
    assertThatThrownBy(() -> DiskBaseline.fromJson(json.replace("\"schema\":1", "\"schema\":2")))
        .hasMessageContaining("schema 2");
  }
}
