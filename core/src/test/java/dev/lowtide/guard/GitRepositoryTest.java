package dev.lowtide.guard;

import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Marker;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Git tracks stays, told by real repositories. */
class GitRepositoryTest extends GuardFixture {
  @TempDir Path temporary;
  private TestTree repository;

  private TestTree repository() throws IOException {
    repository = TestTree.in(temporary.toRealPath().resolve("repository")).directory("");
    git("init", "-q");
    return repository;
  }

  private void git(String... arguments) {
    String[] argv = new String[arguments.length + 5];
    System.arraycopy(
        new String[] {"git", "-c", "user.name=t", "-c", "user.email=t@example.invalid"},
        0,
        argv,
        0,
        5);
    System.arraycopy(arguments, 0, argv, 5, arguments.length);
    ChildProcess.run(repository.root(), argv);
  }

  private CleanupPlan plan(String... paths) throws IOException {
    return TestMachine.lowtide(repository, TestPolicy.deleting(paths))
        .build()
        .plan(CleanupTarget.of("repository", repository.root()));
  }

  /** A clone as cargo makes it, below a directory that Git knows nothing of. */
  private TestTree cargoClone() throws IOException {
    repository().file("src/lib.rs");
    git("add", ".");
    git("commit", "-qm", "first");
    repository.file(".cargo-ok", 0);
    repository.allModified(daysAgo(40));
    return repository;
  }

  private CleanupPlan planClone(Optional<Marker> marker) throws IOException {
    TestTree above = TestTree.in(temporary.toRealPath());
    TestPolicy policy = TestPolicy.deleting("repository");
    return TestMachine.lowtide(
            above, marker.isPresent() ? policy.with(each -> each.withMarker(marker.get())) : policy)
        .build()
        .plan(CleanupTarget.of("cargo-home", above.root()));
  }

  @Test
  void aCloneOfCargoInWhichNothingHasChangedGoes() throws IOException {
    cargoClone();

    assertGoes(planClone(Optional.of(Marker.CARGO_CHECKOUT)), repository.root());
  }

  @Test
  void aCloneOfCargoWithAnEditStays() throws IOException {
    cargoClone().file("src/lib.rs", "dbg!()", daysAgo(39));

    CleanupPlan plan = planClone(Optional.of(Marker.CARGO_CHECKOUT));

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("git");
    assertThat(plan.refused().get(0).reason()).contains("src/lib.rs has changed since");
  }

  @Test
  void aCloneOfCargoWithACommitStays() throws IOException {
    cargoClone();
    git("commit", "-q", "--allow-empty", "-m", "mine");

    assertThat(planClone(Optional.of(Marker.CARGO_CHECKOUT)).items()).isEmpty();
  }

  @Test
  void aCloneThatIsNotSaidToBeCargosStays() throws IOException {
    cargoClone();

    assertThat(planClone(Optional.empty()).refused())
        .extracting(Refusal::guard)
        .containsExactly("git");
  }

  @Test
  void aTrackedFileStaysAndAnotherOneGoes() throws IOException {
    repository().file("x.backup").file("y.backup");
    git("add", "x.backup");

    CleanupPlan plan = plan("x.backup", "y.backup");

    assertGoes(plan, repository.path("y.backup"));
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("git");
    assertThat(plan.refused().get(0).reason()).contains(repository.path("x.backup").toString());
  }

  @Test
  void aDirectoryWithATrackedFileStays() throws IOException {
    repository().file("build/deep/notes").file("build/output");
    git("add", "build/deep/notes");

    assertKept(plan("build"), "git", "build/deep/notes");
  }

  @Test
  void anEmptyRepositoryTracksNothing() throws IOException {
    repository().file("build/a");

    assertGoes(plan("build"), repository.path("build"));
  }

  @Test
  void aRepositoryStays() throws IOException {
    repository().directory("sub");
    ChildProcess.run(repository.path("sub"), "git", "init", "-q", "clone");

    assertKept(plan("sub"), "git", "contains the repository");
  }

  @Test
  void theRepositorysOwnFilesStay() throws IOException {
    repository();

    assertKept(plan(".git/hooks"), "git", "part of the Git repository");
    assertKept(plan(".git"), "git", "contains the repository");
  }

  @Test
  void aLinkedWorkingTreeStays() throws IOException {
    repository().file("a");
    git("add", "a");
    git("commit", "-q", "-m", "a");
    git("worktree", "add", "-q", "linked");

    assertKept(plan("linked"), "git", "linked/.git");
  }

  @Test
  void whatIsTrackedInALinkedWorkingTreeStays() throws IOException {
    repository().file("a");
    git("add", "a");
    git("commit", "-q", "-m", "a");
    git("worktree", "add", "-q", "linked");

    assertKept(plan("linked/a"), "git", "linked/a");
  }

  @Test
  void whatTheIndexCannotTellStays() throws IOException {
    repository().file("tracked").file("build/a");
    git("add", "tracked");
    Path index = repository.path(".git/index");
    byte[] whole = Files.readAllBytes(index);
    Files.write(index, Arrays.copyOf(whole, 40));

    assertKept(plan("build"), "git", "index");
  }

  @Test
  void aSplitIndexKeepsEverything() throws IOException {
    repository().file("tracked").file("build/a");
    git("add", "tracked");
    git("update-index", "--split-index");

    assertKept(plan("build"), "git", "index");
  }
}
