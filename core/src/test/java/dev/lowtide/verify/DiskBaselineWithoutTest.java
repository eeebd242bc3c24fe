package dev.lowtide.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DiskBaselineWithoutTest {
  private final TestTree tree =
      TestTree.inMemory().file("src/a", 10_000).file("dist/b", 20_000).file("dist-2/c", 30_000);

  private DiskBaseline capture() throws IOException {
    return DiskBaseline.capture(
        Map.of("workspace", tree.root()), SizeProbe.portable(), TestTree.NOW);
  }

  @Test
  void leavesOutWhatLiesAtOrBelowThePathAndNothingElse() throws IOException {
    DiskBaseline.Location rest = capture().without(tree.path("dist")).locations().get("workspace");

    assertThat(rest.entries().keySet()).containsExactly("", "dist-2", "dist-2/c", "src", "src/a");
    assertThat(rest.bytes())
        .isEqualTo(rest.entries().values().stream().mapToLong(Long::longValue).sum())
        .isLessThan(capture().locations().get("workspace").bytes());
  }

  @Test
  void isTheSameWhereThePathIsSomewhereElse() throws IOException {
    assertThat(capture().without(tree.root().resolveSibling("other"))).isEqualTo(capture());
  }

  @Test
  void letsThePathGrow() throws IOException {
    DiskBaseline before = capture().without(tree.path("dist"));
    tree.file("dist/more", 500_000);

    Verification verification =
        Verification.compare(before, capture().without(tree.path("dist")), Map.of());

    assertThat(verification.passed()).isTrue();
  }
}
