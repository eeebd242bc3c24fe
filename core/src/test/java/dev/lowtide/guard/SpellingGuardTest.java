package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is spelled differently on the disk stays. */
class SpellingGuardTest extends GuardFixture {
  private final TestTree mac =
      TestTree.in(Jimfs.newFileSystem(Configuration.osX().toBuilder().build()));
  private final CleanupTarget target = CleanupTarget.of("mac", mac.root()).keeping("dist");

  @Test
  void aNameThatIsSpelledOtherwiseOnTheDiskStays() throws IOException {
    mac.file("dist/app.whl");
    CleanupPlan plan =
        TestMachine.lowtide(mac, TestPolicy.deleting("dist"))
            .build()
            .plan(CleanupTarget.of("mac", mac.root()));
    assertGoes(plan, mac.path("dist"));
    PlanItem item = plan.items().get(0);
    PlanItem shouting = item.with(candidate(mac.path("DIST")));
    CleanupPlan changed = plan.withItems(List.of(shouting));

    assertThat(TestMachine.lowtide(mac).build().dryRun(changed).skipped())
        .singleElement()
        .satisfies(skipped -> assertThat(skipped.reason()).contains("on the disk it is"));
  }
}
