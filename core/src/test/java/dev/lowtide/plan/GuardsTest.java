package dev.lowtide.plan;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.Action.DeleteTree;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each guard by what it keeps, and by what it lets go beside that. */
class GuardsTest {
  private final TestTree tree = TestTree.inMemory();
  private final CleanupTarget workspace = CleanupTarget.of("workspace", tree.root());

  private CleanupPlan plan(CleanupTarget target, String... paths) throws IOException {
    return TestMachine.lowtide(tree, TestPolicy.deleting(paths)).build().plan(target);
  }

  private static void assertGoes(CleanupPlan plan, Path... paths) {
    assertThat(plan.items()).extracting(PlanItem::path).containsExactly(paths);
  }

  /** Nothing goes, and the guard says why in a sentence with the words. */
  private static void assertKept(CleanupPlan plan, String guard, String words) {
    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly(guard);
    assertThat(plan.refused().get(0).reason()).contains(words);
  }

  @Test
  void anOrdinaryDirectoryMayGo() throws IOException {
    tree.file("build/a").link("build/link", "..").hardLink("build/b", "build/a");

    assertGoes(plan(workspace, "build"), tree.path("build"));
  }

  @Nested
  class Roots {
    private void assertRefused(CleanupTarget target, String guard, String words) {
      assertThatThrownBy(() -> plan(target, "a"))
          .isInstanceOf(RefusedTargetException.class)
          .hasMessageContaining("Refused to clean " + target.root())
          .hasMessageContaining(words)
          .extracting(e -> ((RefusedTargetException) e).guard())
          .isEqualTo(guard);
    }

    private CleanupTarget target(String root) {
      return CleanupTarget.of("target", tree.root().getFileSystem().getPath(root));
    }

    @Test
    void theRootOfTheFileSystemIsRefused() {
      assertRefused(target("/"), "protected", "the root of the file system");
    }

    @Test
    void homeAndWhatHoldsItAreRefused() throws IOException {
      Files.createDirectories(tree.root().getFileSystem().getPath("/home/user/project"));

      assertRefused(target("/home/user"), "protected", "/home/user lies in it");
      assertRefused(target("/home"), "protected", "/home/user lies in it");
    }

    @Test
    void homeIsRefusedUnderAnotherName() throws IOException {
      Files.createDirectories(tree.path("real"));
      Files.createDirectory(tree.root().getFileSystem().getPath("/home"));
      Files.createSymbolicLink(
          tree.root().getFileSystem().getPath("/home/user"), tree.path("real"));

      assertRefused(target(tree.path("real").toString()), "protected", "lies in it");
    }

    @Test
    void aDirectoryInHomeIsAllowed() throws IOException {
      Path project = tree.root().getFileSystem().getPath("/home/user/project");
      TestTree.in(project).file("a");

      assertGoes(plan(CleanupTarget.of("project", project), "a"), project.resolve("a"));
    }

    @Test
    void theWorkingDirectoryIsAllowedAsAPlaceToLookIn() throws IOException {
      assertThat(tree.root().getFileSystem().getPath("").toAbsolutePath()).isEqualTo(tree.root());
      tree.file("a");

      assertGoes(plan(workspace, "a"), tree.path("a"));
    }

    @Test
    void aRootBehindALinkIsRefusedAndTheRealOneNamed() {
      tree.file("real/a").link("link", "real");

      assertRefused(target("/tree/link"), "symlink", "name /tree/real");
    }

    @Test
    void aLinkAboveTheRootIsRefusedToo() {
      tree.file("real/sub/a").link("link", "real");

      assertRefused(target("/tree/link/sub"), "symlink", "name /tree/real/sub");
    }

    @Test
    void whatWasRemovedAlreadyIsRefused() {
      tree.file(".lowtide-trash-0/1234.tree/a");

      assertThatThrownBy(
              () ->
                  TestMachine.lowtide(tree)
                      .build()
                      .plan(CleanupTarget.of("kept", tree.path(".lowtide-trash-0/1234.tree"))))
          .isInstanceOf(RefusedTargetException.class)
          .hasMessageContaining("lowtide trash");
    }

    @Test
    void aFileIsRefused() {
      tree.file("file");

      assertRefused(target("/tree/file"), "directory", "it is not a directory");
    }

    @Test
    void whereNothingIsThereIsNothingToClean() throws IOException {
      CleanupPlan plan = plan(target("/tree/missing"), "a");

      assertThat(plan.isEmpty()).isTrue();
      assertThat(plan.refused()).isEmpty();
    }

    @Test
    void theSameRootTwiceIsOneTargetThatKeepsWhatBothKeep() throws IOException {
      tree.file("a").file("b").file("c");

      CleanupPlan plan =
          TestMachine.lowtide(tree, TestPolicy.deleting("a", "b", "c"))
              .build()
              .plan(workspace.keeping("a"), workspace.keeping("b"));

      assertThat(plan.targets()).hasSize(1);
      assertGoes(plan, tree.path("c"));
    }
  }

  @Nested
  class InsideTarget {
    @Test
    void theRootItselfStays() throws IOException {
      tree.file("other/a");

      assertKept(
          plan(CleanupTarget.of("other", tree.path("other")), ""), "inside-target", "inside");
    }

    @Test
    void whatHoldsAnotherTargetStays() throws IOException {
      tree.file("outer/inner/a");

      CleanupPlan plan =
          TestMachine.lowtide(tree, TestPolicy.named("test.outer", "outer"))
              .build()
              .plan(workspace, CleanupTarget.of("inner", tree.path("outer/inner")));

      assertKept(plan, "inside-target", "the target /tree/outer/inner lies in it");
    }

    @Test
    void whatLiesInTwoTargetsGoesOnce() throws IOException {
      tree.file("inner/a");
      TestPolicy each = TestPolicy.deletingEach(entry -> entry.name().equals("a"));

      CleanupPlan plan =
          TestMachine.lowtide(tree, each)
              .build()
              .plan(workspace, CleanupTarget.of("inner", tree.path("inner")));

      assertGoes(plan, tree.path("inner/a"));
      assertThat(plan.reclaimableBytes()).isEqualTo(plan.items().get(0).allocatedBytes());
    }
  }

  @Nested
  class Protected {
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

  @Nested
  class SymbolicLinks {
    @Test
    void whatALinkLeadsToStays() throws IOException {
      tree.file("real/a").link("link", "real");
      Path behind = tree.path("link/a");
      Guard guard = guard("symlink");
      Candidate candidate = candidate(behind);

      Verdict verdict =
          guard.check("test", workspace, candidate, SizeProbe.portable().capture(behind).root());

      assertThat(verdict.allowed()).isFalse();
      assertThat(verdict.reason()).contains("/tree/link");
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

  private Guard guard(String id) {
    Guards.Rules rules =
        Guards.Rules.of(TestMachine.host(tree.root().getFileSystem()), TestMachine.clockAt(NOW));
    return Guards.standard(rules, List.of(workspace)).stream()
        .filter(each -> each.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private static Candidate candidate(Path path) {
    return Candidate.of(
        new DeleteTree(path), Cause.REGENERABLE, RebuildCost.TRIVIAL, "it is a test's", NOW);
  }

  private dev.lowtide.probe.Entry entry(String path) throws IOException {
    return dev.lowtide.probe.SizeProbe.portable().capture(tree.path(path)).root();
  }

  @Nested
  class Keep {
    @Test
    void whatLiesBelowANameWithALineBreakStays() throws IOException {
      tree.file("a\nb/keepme/thesis.tex");

      CleanupPlan plan = plan(workspace.keeping("**/keepme/**"), "a\nb");

      assertKept(plan, "keep", "/tree/a\\nb/keepme in it is to be kept");
    }

    @Test
    void aPatternThatMatchesNothingIsNoted() throws IOException {
      tree.file("dist/a.whl");

      CleanupPlan plan = plan(workspace.keeping("dist/**", "dits/**"), "dist");

      assertThat(plan.notes())
          .containsExactly("the pattern 'dits/**', which is to be kept, matches nothing");
      assertThat(plan.explain()).contains("'dits/**', which is to be kept, matches nothing");
      assertThat(CleanupPlan.fromJson(plan.toJson()).notes()).isEqualTo(plan.notes());
    }

    @Test
    void whatMatchesStays() throws IOException {
      tree.file("dist/a.whl").file("dist/b.log");

      CleanupPlan plan = plan(workspace.keeping("dist/*.whl"), "dist/a.whl", "dist/b.log");

      assertGoes(plan, tree.path("dist/b.log"));
      assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("keep");
    }

    @Test
    void whatLiesInSomethingThatMatchesStays() throws IOException {
      tree.file("dist/sub/a");

      assertKept(plan(workspace.keeping("dist"), "dist/sub/a"), "keep", "/tree/dist is to be kept");
    }

    @Test
    void whatHoldsSomethingThatMatchesStays() throws IOException {
      tree.file("build/out/a.whl");

      assertKept(
          plan(workspace.keeping("**/*.whl"), "build"), "keep", "/tree/build/out/a.whl in it");
    }

    @Test
    void thePatternsOfAnOuterTargetHold() throws IOException {
      tree.file("inner/precious/a");

      CleanupPlan plan =
          TestMachine.lowtide(tree, TestPolicy.deleting("precious"))
              .build()
              .plan(
                  CleanupTarget.of("inner", tree.path("inner")),
                  workspace.keeping("inner/precious"));

      assertKept(plan, "keep", "/tree/inner/precious");
    }

    @Test
    void thePatternsOfALibraryHoldInEveryTarget() throws IOException {
      tree.file("a.whl");

      CleanupPlan plan =
          TestMachine.lowtide(tree, TestPolicy.deleting("a.whl"))
              .keep("*.whl")
              .build()
              .plan(workspace);

      assertKept(plan, "keep", "/tree/a.whl");
    }
  }

  @Nested
  class Markers {
    private CleanupPlan planWithMarker() throws IOException {
      return TestMachine.lowtide(
              tree,
              TestPolicy.deleting("cache")
                  .with(candidate -> candidate.withMarker(Marker.CACHE_DIRECTORY)))
          .build()
          .plan(workspace);
    }

    @Test
    void whatBearsTheMarkerMayGo() throws IOException {
      tree.file("cache/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning() + "\n# more");

      assertGoes(planWithMarker(), tree.path("cache"));
    }

    @Test
    void whatHasNoneStays() throws IOException {
      tree.file("cache/a");

      assertKept(planWithMarker(), "marker", "no CACHEDIR.TAG");
    }

    @Test
    void aWrongSignatureProvesNothing() throws IOException {
      tree.file("cache/CACHEDIR.TAG", "Signature: something else");

      assertKept(planWithMarker(), "marker", "no CACHEDIR.TAG");
    }

    @Test
    void aLinkToAMarkerProvesNothing() throws IOException {
      tree.file("tag", Marker.CACHE_DIRECTORY.beginning()).link("cache/CACHEDIR.TAG", "../tag");

      assertKept(planWithMarker(), "marker", "no CACHEDIR.TAG");
    }
  }

  @Nested
  class Git {
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

    private CleanupPlan planClone(Optional<dev.lowtide.policy.Marker> marker) throws IOException {
      TestTree above = TestTree.in(temporary.toRealPath());
      TestPolicy policy = TestPolicy.deleting("repository");
      return TestMachine.lowtide(
              above,
              marker.isPresent() ? policy.with(each -> each.withMarker(marker.get())) : policy)
          .build()
          .plan(CleanupTarget.of("cargo-home", above.root()));
    }

    @Test
    void aCloneOfCargoInWhichNothingHasChangedGoes() throws IOException {
      cargoClone();

      assertGoes(
          planClone(Optional.of(dev.lowtide.policy.Marker.CARGO_CHECKOUT)), repository.root());
    }

    @Test
    void aCloneOfCargoWithAnEditStays() throws IOException {
      cargoClone().file("src/lib.rs", "dbg!()", daysAgo(39));

      CleanupPlan plan = planClone(Optional.of(dev.lowtide.policy.Marker.CARGO_CHECKOUT));

      assertThat(plan.items()).isEmpty();
      assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("git");
      assertThat(plan.refused().get(0).reason()).contains("src/lib.rs has changed since");
    }

    @Test
    void aCloneOfCargoWithACommitStays() throws IOException {
      cargoClone();
      git("commit", "-q", "--allow-empty", "-m", "mine");

      assertThat(planClone(Optional.of(dev.lowtide.policy.Marker.CARGO_CHECKOUT)).items())
          .isEmpty();
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

      assertKept(plan("sub"), "git", "holds the repository");
    }

    @Test
    void theRepositorysOwnFilesStay() throws IOException {
      repository();

      assertKept(plan(".git/hooks"), "git", "part of the Git repository");
      assertKept(plan(".git"), "git", "holds the repository");
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
      Files.write(index, java.util.Arrays.copyOf(whole, 40));

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

  @Nested
  class GracePeriod {
    private CleanupPlan plan(CleanupTarget target) throws IOException {
      return GuardsTest.this.plan(target, "a");
    }

    private void modified(java.time.Instant time) {
      tree.file("a/fresh").allModified(daysAgo(10)).file("a/fresh", "x", time);
      TestTree.in(tree.path("a")).directory("old");
      tree.allModified(daysAgo(10)).file("a/fresh", "x", time);
    }

    @Test
    void aCacheThatIsNamedAsAWorkspaceTooKeepsIts() throws IOException {
      modified(NOW.minus(Duration.ofMinutes(59)));
      CleanupTarget cache = CleanupTarget.cache("cache", tree.root());
      var lowtide = TestMachine.lowtide(tree, TestPolicy.deleting("a")).build();

      assertKept(lowtide.plan(workspace, cache), "grace-period", "within the grace period");
      assertKept(lowtide.plan(cache, workspace), "grace-period", "within the grace period");
    }

    @Test
    void aCacheInAWorkspaceKeepsIts() throws IOException {
      modified(NOW.minus(Duration.ofMinutes(59)));
      CleanupTarget cache = CleanupTarget.cache("cache", tree.path("a"));
      var lowtide = TestMachine.lowtide(tree, TestPolicy.deleting("a/fresh")).build();

      assertKept(lowtide.plan(workspace, cache), "grace-period", "within the grace period");
    }

    @Test
    void aWorkspaceHasNone() throws IOException {
      modified(NOW);

      assertGoes(plan(workspace), tree.path("a"));
    }

    @Test
    void whatChangedInACacheWithinTheHourStaysAsAWhole() throws IOException {
      modified(NOW.minus(Duration.ofMinutes(59)));

      assertKept(plan(CleanupTarget.cache("cache", tree.root())), "grace-period", "1 h");
    }

    @Test
    void whatChangedInATemporaryDirectoryWithinTheHourStays() throws IOException {
      modified(NOW.minus(Duration.ofMinutes(59)));

      assertKept(plan(CleanupTarget.temporary("tmp", tree.root())), "grace-period", "1 h");
    }

    @Test
    void whatWasLeftAloneForAnHourMayGo() throws IOException {
      modified(NOW.minus(Duration.ofMinutes(61)));

      assertGoes(plan(CleanupTarget.cache("cache", tree.root())), tree.path("a"));
    }

    @Test
    void aTimeInTheFutureIsNotOld() throws IOException {
      modified(NOW.plus(Duration.ofDays(1)));

      assertKept(plan(CleanupTarget.cache("cache", tree.root())), "grace-period", "future");
    }

    @Test
    void theCallerMaySetIt() throws IOException {
      modified(NOW.minus(Duration.ofDays(2)));

      CleanupPlan plan =
          TestMachine.lowtide(tree, TestPolicy.deleting("a"))
              .gracePeriod(Duration.ofDays(3))
              .build()
              .plan(workspace);

      assertKept(plan, "grace-period", "3 d");
    }

    @Test
    void aToolThatCleansItsOwnCacheNeedsNone() throws IOException {
      modified(NOW);
      TestPolicy tool = TestPolicy.commanding("", "tool", "prune");

      CleanupPlan plan =
          TestMachine.lowtide(tree, tool).build().plan(CleanupTarget.cache("cache", tree.root()));

      assertThat(plan.items())
          .extracting(item -> item.candidate().action())
          .containsExactly(new RunCommand(tree.root(), List.of("tool", "prune")));
    }
  }

  @Nested
  class RealFiles {
    @TempDir Path temporary;

    private CleanupPlan plan(TestTree real, CleanupTarget target, boolean foreign)
        throws IOException {
      var builder = TestMachine.lowtide(real, TestPolicy.deleting("a"));
      return (foreign ? builder.allowForeignOwners() : builder).build().plan(target);
    }

    private TestTree real() throws IOException {
      return TestTree.in(temporary.toRealPath());
    }

    @Test
    void whatBelongsToAnotherUserStaysUnlessAllowed() throws IOException {
      assumeTrue(ChildProcess.isRoot(), "skipped: only root can give a file away");
      TestTree real = real().file("a/b/foreign");
      Files.setAttribute(real.path("a/b/foreign"), "unix:uid", 12345);
      CleanupTarget target = CleanupTarget.of("real", real.root());

      assertKept(plan(real, target, false), "owner", "belongs to user 12345");
      assertGoes(plan(real, target, true), real.path("a"));
    }

    @Test
    void aFifoInASharedTemporaryDirectoryStays() throws IOException {
      TestTree real = real().directory("a");
      ChildProcess.run(real.path("a"), "mkfifo", "fifo");
      CleanupPlan plan =
          TestMachine.lowtide(real, TestPolicy.deleting("a"))
              .gracePeriod(Duration.ZERO)
              .build()
              .plan(CleanupTarget.temporary("tmp", real.root()));

      assertKept(plan, "special-file", "FIFO");
      assertGoes(plan(real, CleanupTarget.of("real", real.root()), false), real.path("a"));
    }

    @Test
    void whatHoldsSomethingUnreadableStays() throws IOException {
      TestTree real = real().file("a/locked/secret").file("b");
      Files.setPosixFilePermissions(real.path("a/locked"), Set.of());

      ChildProcess.runBoundByPermissions(UnreadableBelow.class, real.root());
      Files.setPosixFilePermissions(
          real.path("a/locked"), PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void whatHoldsAMountStays() throws IOException {
      TestTree real = real().directory("a/b/mounted").directory("bound");

      ChildProcess.runWithMounts(
          "mount --bind \"$1/bound\" \"$1/a/b/mounted\"", MountBelow.class, real.root());
    }
  }

  /** Runs where a/locked cannot be read. */
  static final class UnreadableBelow {
    public static void main(String[] args) throws IOException {
      TestTree real = TestTree.in(Path.of(args[0]));
      CleanupPlan plan =
          TestMachine.lowtide(real, TestPolicy.deleting("a"))
              .build()
              .plan(CleanupTarget.of("real", real.root()));

      assertKept(plan, "unreadable", real.path("a/locked") + ": permission denied");
    }
  }

  /** Runs where something is mounted at a/b/mounted. */
  static final class MountBelow {
    public static void main(String[] args) throws IOException {
      TestTree real = TestTree.in(Path.of(args[0]));
      CleanupPlan plan =
          TestMachine.lowtide(real, TestPolicy.deleting("a"))
              .build()
              .plan(CleanupTarget.of("real", real.root()));

      assertKept(plan, "mount", real.path("a/b/mounted").toString());
    }
  }

  @Nested
  class Spelling {
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
      PlanItem shouting =
          new PlanItem(
              item.id(),
              item.policy(),
              item.target(),
              candidate(mac.path("DIST")),
              item.apparentBytes(),
              item.allocatedBytes(),
              item.reclaimable(),
              item.identity());
      CleanupPlan changed =
          new CleanupPlan(
              CleanupPlan.SCHEMA,
              plan.createdAt(),
              List.of(target),
              List.of(shouting),
              List.of(),
              List.of(),
              BoundedSize.ZERO);

      assertThat(TestMachine.lowtide(mac).build().dryRun(changed).skipped())
          .singleElement()
          .satisfies(skipped -> assertThat(skipped.reason()).contains("on the disk it is"));
    }
  }
}
