package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies behind a symbolic link stays; the link itself may be removed. */
class SymlinkGuardTest extends GuardFixture {
  @Test
  void whatALinkLeadsToStays() throws IOException {
    tree.file("real/a").link("link", "real");
    Path behind = tree.path("link/a");
    SymlinkGuard guard = new SymlinkGuard(new Surroundings.Cache());

    assertThat(
            guard.objection(
                "test", workspace, candidate(behind), SizeProbe.portable().capture(behind).root()))
        .hasValueSatisfying(why -> assertThat(why).contains("/tree/link"));
  }

  @Test
  void aLinkThatLeadsNowhereMayGo(@TempDir Path directory) throws IOException {
    TestTree real = TestTree.in(directory.toRealPath()).link("a", "nowhere");
    Lowtide lowtide =
        TestMachine.lowtide(real, TestPolicy.deleting("a")).allowForeignOwners().build();

    lowtide.apply(lowtide.plan(CleanupTarget.of("workspace", real.root()))).orThrow();

    assertThat(real.names()).isEmpty();
  }

  @Test
  void theLinkItselfMayGo() throws IOException {
    tree.file("real/a").link("link", "real");

    assertGoes(plan(workspace, "link"), tree.path("link"));
  }
}
