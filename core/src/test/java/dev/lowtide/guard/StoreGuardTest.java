package dev.lowtide.guard;

import static dev.lowtide.testing.TestTree.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Only the tool itself removes something from its store. */
class StoreGuardTest extends GuardFixture {
  private final Path image = tree.path("store/image");

  private Optional<String> objection(CleanupTarget target, Candidate candidate) {
    return new StoreGuard().objection("test", target, candidate, Snapshot.ofStore(image).root());
  }

  @Test
  void aDeletionInAStoreIsRefused() {
    CleanupTarget store = CleanupTarget.store("store", tree.path("store"));

    assertThat(objection(store, candidate(image))).isPresent();
  }

  @Test
  void aCommandOfTheToolIsAllowed() {
    CleanupTarget store = CleanupTarget.store("store", tree.path("store"));
    RunCommand command = new RunCommand(image, List.of("tool", "remove", "image"));

    assertThat(
            objection(
                store,
                Candidate.of(command, Cause.REGENERABLE, RebuildCost.COMPUTE, "a test", NOW)))
        .isEmpty();
  }

  @Test
  void aDeletionElsewhereIsAllowed() {
    assertThat(objection(workspace, candidate(image))).isEmpty();
  }
}
