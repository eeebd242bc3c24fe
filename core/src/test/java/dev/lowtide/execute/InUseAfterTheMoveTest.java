package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody begins to use what was found idle a moment ago. */
class InUseAfterTheMoveTest {
  @TempDir Path temporary;

  @Test
  void whoBeginsToUseATreeAfterTheLastGuardGetsItBack() throws IOException {
    assumeThat(Path.of("/proc/self/maps")).as("Linux's table of processes").exists();
    TestTree tree = TestTree.in(temporary.toRealPath()).file("a/file");
    List<Running> others = new ArrayList<>();
    CleanupListener lateUser =
        event -> {
          if (event.kind() == CleanupListener.Kind.REMOVING) { // all guards have been asked
            others.add(ChildProcess.python("f = open(a[0])", tree.path("a/file")));
          }
        };
    Lowtide lowtide =
        TestMachine.lowtide(tree, TestPolicy.deleting("a")).listener(lateUser).build();
    CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", tree.root()));

    CleanupReport report = lowtide.apply(plan);

    try (Running other = others.get(0)) {
      assertThat(report.outcomes())
          .singleElement()
          .isInstanceOfSatisfying(
              Outcome.Skipped.class,
              skipped ->
                  assertThat(skipped.reason())
                      .startsWith("in-use: ")
                      .contains("(pid " + other.pid() + ")"));
      assertThat(tree.names()).containsExactly("a", "a/file");
    }
  }
}
