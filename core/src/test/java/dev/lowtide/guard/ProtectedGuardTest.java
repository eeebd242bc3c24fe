package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.FileSystem;
import org.junit.jupiter.api.Test;

/** Protected directories stay, and so does what holds one. */
class ProtectedGuardTest extends GuardFixture {
  @Test
  void theWorkingDirectoryAndWhatHoldsItStay() throws IOException {
    FileSystem there =
        Jimfs.newFileSystem(
            Configuration.unix().toBuilder().setWorkingDirectory("/tree/a/here").build());
    TestTree above = TestTree.in(there).file("a/here/file").file("a/other");

    CleanupPlan plan =
        TestMachine.lowtide(above, TestPolicy.deleting("a", "a/here", "a/here/file", "a/other"))
            .build()
            .plan(CleanupTarget.of("above", above.root()));

    assertThat(plan.refused())
        .extracting(Refusal::path, Refusal::guard)
        .containsExactly(
            tuple(above.path("a"), "protected"), tuple(above.path("a/here"), "protected"));
    assertGoes(plan, above.path("a/here/file"), above.path("a/other"));
  }

  @Test
  void whatTheCallerProtectsStaysAsAWhole() throws IOException {
    tree.file("cache/credentials/token").file("cache/rest");

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("cache", "cache/rest"))
            .protect(tree.path("cache/credentials"))
            .build()
            .plan(workspace);

    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("protected");
    assertGoes(plan, tree.path("cache/rest"));
  }
}
