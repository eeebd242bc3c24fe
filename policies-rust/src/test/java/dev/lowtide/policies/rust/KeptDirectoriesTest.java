package dev.lowtide.policies.rust;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Homes and caches of Rust's tools that lie in a workspace. */
class KeptDirectoriesTest {
  private final TestTree tree = TestTree.inMemory();

  private void assertKept(String directory) throws IOException {
    tree.file(directory + "/sub/any.o").file("any.o");

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deletingEach(each -> each.name().equals("any.o")))
            .providers(List.of(new RustPolicies()))
            .build()
            .plan(CleanupTarget.of("workspace", tree.root()));

    assertThat(plan.items())
        .singleElement()
        .matches(item -> item.path().equals(tree.path("any.o")));
    assertThat(plan.refused()).extracting(Refusal::path).containsExactly(tree.path(directory));
  }

  @Test
  void ofCargo() throws IOException {
    tree.file("home/.package-cache").directory("home/registry/cache");
    assertKept("home");
  }

  @Test
  void ofRustup() throws IOException {
    tree.file("rustup/settings.toml").directory("rustup/toolchains");
    assertKept("rustup");
  }

  @Test
  void ofSccache() throws IOException {
    tree.file("results/a/b/ab" + "0".repeat(62));
    assertKept("results");
  }

  /** They lie below five digits, which may be the same two again and again. */
  @Test
  void butNoResponsesOfPip() throws IOException {
    tree.file("http-v2/a/b/0/a/b/ab0ab" + "0".repeat(51));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("http-v2"))
            .providers(List.of(new RustPolicies()))
            .build()
            .plan(CleanupTarget.of("workspace", tree.root()));

    assertThat(plan.items()).hasSize(1);
  }
}
