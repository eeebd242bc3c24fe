package dev.lowtide.policies.python.caches;

import static dev.lowtide.policies.python.fixtures.CacheFiles.artifacts;
import static dev.lowtide.policies.python.fixtures.CacheFiles.response;
import static dev.lowtide.policies.python.fixtures.CacheFiles.wheels;
import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policies.python.fixtures.OwnedDirectories;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.Requirement;
import dev.lowtide.policy.Retention;
import dev.lowtide.shared.Ownership;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is proposed in the places that all builds of a user share. */
class CachePoliciesTest {
  private final TestTree tree = TestTree.inMemory();

  @Nested
  class OfPip {
    private Planned plan() {
      return Planned.of(tree, target(), Planned.host(tree));
    }

    private CleanupTarget target() {
      return CleanupTarget.cache("pip-cache", tree.root());
    }

    @Test
    void goesByWholeDirectories() {
      tree.file(response("http-v2", "ab12c"), kib(4))
          .file(response("http-v2", "ab12c") + ".body", kib(4))
          .directory("http-v2/f/f")
          .file(response("http", "c"))
          .file(wheels("abc") + "/x-1-py3-none-any.whl")
          .file("selfcheck/" + "1f".repeat(28))
          .file("CACHEDIR.TAG")
          .allModified(daysAgo(1));

      assertThat(plan().proposed()).containsExactly("http", "http-v2", "selfcheck", "wheels");
      assertThat(plan().refused()).isEmpty();
    }

    @Test
    void keepsWhatIsNotPips() {
      tree.file(response("http-v2", "a"))
          .file("http-v2/notes.txt")
          .file(wheels("a") + "/x-1-py3-none-any.whl")
          .file("wheels/mine-1-py3-none-any.whl")
          .file("wheels/ab/cd/ef/" + "0".repeat(50) + "/results.csv")
          .directory("selfcheck/empty")
          .file("photos/cat.jpg")
          .allModified(daysAgo(1));

      assertThat(plan().proposed())
          .allMatch(path -> path.startsWith("http-v2/a") || path.startsWith("wheels/a0"))
          .hasSize(2);
      assertThat(plan().refused())
          .containsOnlyKeys(
              "http-v2/notes.txt",
              "photos",
              "selfcheck",
              "wheels/ab",
              "wheels/mine-1-py3-none-any.whl")
          .containsValue("it is not from pip");
    }

    @Test
    void keepsAResponseThatIsRenamed() {
      String response = response("http-v2", "a");
      tree.file(response("http-v2", "b")).file(response + "1").allModified(daysAgo(1));

      assertThat(plan().proposed()).containsExactly("http-v2/b");
      assertThat(plan().refused()).containsOnlyKeys("http-v2/a");
    }

    @Test
    void keepsAResponseOfAnEarlierPipThatIsRenamed() {
      tree.file(response("http", "b")).file(response("http", "a") + "1").allModified(daysAgo(1));

      assertThat(plan().proposed()).containsExactly("http/b");
      assertThat(plan().refused()).containsOnlyKeys("http/a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"my-x-1-py3-none-any.whl", "x-1-py3-none-any2.whl", "x-1.whl"})
    void keepsAWheelThatPipWouldNotInstall(String wheel) {
      tree.file(wheels("a") + "/" + wheel).file(wheels("b") + "/x-1-py3-none-any.whl");
      tree.allModified(daysAgo(1));

      assertThat(plan().proposed()).containsExactly("wheels/b0");
      assertThat(plan().refused()).containsOnlyKeys("wheels/a0");
    }

    @Test
    void keepsAPartThatIsMovedIntoAnother() {
      tree.file(response("http-v2", "b"))
          .file("http-v2/b/0/" + response("http-v2", "a"))
          .allModified(daysAgo(1));

      assertThat(plan().proposed()).containsExactly("http-v2/b/0/0");
      assertThat(plan().refused()).containsOnlyKeys("http-v2/b/0/http-v2");
    }

    /** The folder is a person's, whatever a variable says of it. */
    @Test
    void keepsDirectoriesThatOnlyHaveTheNamesOfPips() {
      tree.file("http/index.html")
          .directory("http-v2")
          .directory("wheels/ab/cd")
          .file("selfcheck/me")
          .allModified(daysAgo(1));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).containsOnlyKeys("http", "http-v2", "selfcheck", "wheels");
    }

    @Test
    void keepsWhatWasUsedWithinTheHour() {
      tree.file(response("http-v2", "a"), kib(1));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("http-v2")).contains("grace period");
    }

    @Test
    void goesByEntriesWhereYoungOnesAreKept() {
      tree.file(response("http-v2", "a1"), 1, daysAgo(40))
          .file(response("http-v2", "a1") + ".body", 1, daysAgo(40))
          .file(response("http-v2", "b2"), 1, daysAgo(40))
          .file(response("http-v2", "b2") + ".body", 1, daysAgo(2))
          .file(wheels("aa") + "/x-1-py3-none-any.whl", 1, daysAgo(40))
          .file(wheels("aa") + "/origin.json", 1, daysAgo(40))
          .file(wheels("bb") + "/x-2-py3-none-any.whl", 1, daysAgo(2));
      allDirectories(40);

      assertThat(older().proposed()).containsExactly("http-v2/a", "wheels/aa");
    }

    private Planned older() {
      return Planned.of(
          tree, target(), Planned.using(Planned.host(tree)).olderThan(Duration.ofDays(30)).build());
    }

    @Test
    void goesByEntriesAsFarAsAGoalNeeds() {
      tree.file(response("http-v2", "a1"), kib(64), daysAgo(40))
          .file(response("http-v2", "b2"), kib(64), daysAgo(30))
          .file(response("http-v2", "c3"), kib(64), daysAgo(20));
      allDirectories(40);
      SpaceGoal goal = SpaceGoal.NONE.maxTotal(new ByteSize(kib(180)));

      assertThat(
              Planned.of(tree, target(), Planned.using(Planned.host(tree)).goal(goal).build())
                  .proposed())
          .containsExactly("http-v2/a/1/0/0/0");
    }

    @Test
    void losesTheDirectoriesThatItHasEmptied() {
      tree.file(response("http-v2", "abc"), 1, daysAgo(1)).directory("http-v2/a/b/d/e");
      allDirectories(40);

      assertThat(older().proposed()).containsExactly("http-v2/a/b/d");
    }

    @Test
    void losesTheLeastRecentlyUsedWhereItIsTooLarge() {
      tree.file(response("http-v2", "a"), kib(64), daysAgo(3))
          .file(response("http-v2", "b"), kib(64), daysAgo(2))
          .file(response("http-v2", "c"), kib(64), daysAgo(1));
      allDirectories(1);

      Planned planned =
          Planned.of(
              tree,
              target(),
              Planned.using(Planned.host(tree)).maxSize(new ByteSize(kib(140))).build());

      assertThat(planned.proposed()).containsExactly("http-v2/a/0/0/0/0");
    }

    @Test
    void losesTheTopmostDirectoryInWhichAllIsOld() {
      tree.file(response("http-v2", "01234a"), 1)
          .file(response("http-v2", "01934b"), 1)
          .directory("http-v2/0/7/2")
          .allModified(daysAgo(40))
          .file(response("http-v2", "08234c"), 1, daysAgo(1));

      Planned planned =
          Planned.of(
              tree,
              target(),
              Planned.using(Planned.host(tree)).olderThan(Duration.ofDays(30)).build());

      assertThat(planned.proposed()).containsExactly("http-v2/0/1", "http-v2/0/7");
    }

    @Test
    void keepsSoManyResponsesAndSoManyWheels() {
      tree.file(response("http", "a"), 1, daysAgo(3))
          .file(response("http", "b"), 1, daysAgo(2))
          .file(wheels("aa") + "/x-1-py3-none-any.whl", 1, daysAgo(5))
          .file(wheels("bb") + "/y-1-py3-none-any.whl", 1, daysAgo(4));
      allDirectories(2);

      Planned planned =
          Planned.of(tree, target(), Planned.using(Planned.host(tree)).keepNewest(1).build());

      assertThat(planned.proposed()).containsExactly("http/a/0/0/0/0", wheels("aa"));
    }

    @Test
    void canBeAskedForInPart() {
      tree.file(response("http-v2", "a"))
          .file(wheels("b") + "/x-1-py3-none-any.whl")
          .allModified(daysAgo(1));

      assertThat(only("python.pip-cache.http")).containsExactly("http-v2");
      assertThat(only("python.pip-cache.wheels")).containsExactly("wheels");
      assertThat(only("python.pip-cache")).containsExactly("http-v2", "wheels");
    }

    private List<String> only(String policies) {
      return Planned.of(
              tree,
              target(),
              Planned.using(
                      Planned.host(tree), PolicyProvider.Selection.ALL.named(List.of(policies)))
                  .build())
          .proposed();
    }

    /** What somebody puts there meanwhile is seen again right before the removal. */
    @Test
    void isKeptWithWhatIsPutThereAfterThePlan() throws IOException {
      tree.file(response("http-v2", "a")).allModified(daysAgo(1));
      Planned planned = plan();
      tree.file("http-v2/a/notes.txt", 1, daysAgo(1));

      planned.lowtide().apply(planned.plan());

      assertThat(tree.has("http-v2/a/notes.txt")).isTrue();
    }

    @Test
    void isNotLookedForInAWorkspace() {
      tree.file(response("http-v2", "a"))
          .file(wheels("b") + "/x-1-py3-none-any.whl")
          .allModified(daysAgo(1));

      assertThat(Planned.workspace(tree).proposed()).isEmpty();
      assertThat(Planned.workspace(tree).refused()).isEmpty();
    }

    private void allDirectories(long days) {
      try (Stream<Path> all = Files.walk(tree.root())) {
        for (Path each : all.filter(Files::isDirectory).toList()) {
          Files.setLastModifiedTime(each, FileTime.from(daysAgo(days)));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Nested
  class OfPreCommit {
    private HostEnvironment host =
        Planned.host(tree)
            .withVariables(
                before -> Map.of("PATH", "/bin", "PRE_COMMIT_HOME", tree.root().toString()));

    @BeforeEach
    void install() throws IOException {
      Files.createDirectories(tree.root().resolve("/bin"));
      Files.createFile(tree.root().resolve("/bin/pre-commit"));
    }

    private TestTree cache() {
      return tree.file(".lock")
          .file("db.db")
          .file("README")
          .file("repoabcdefgh/.git/HEAD")
          .file("repoabcdefgh/.install_state_v2");
    }

    private Planned plan() {
      return Planned.of(
          tree, CleanupTarget.cache("pre-commit-cache", tree.root()), Planned.using(host).build());
    }

    /** The database and the clones would not agree any more if either went without the other. */
    @Test
    void isCleanedByPreCommitItself() {
      cache().allModified(daysAgo(1));

      assertThat(plan().plan().items())
          .singleElement()
          .extracting(item -> item.candidate().commands())
          .isEqualTo(List.of(List.of("pre-commit", "gc")));
      assertThat(plan().plan().items().get(0).candidate().requires())
          .containsExactly(new Requirement.Unlocked(tree.path(".lock")));
    }

    @Test
    void keepsPatchesWhichMayBeTheOnlyCopyOfAnEdit() {
      tree.file(".lock").file("patch1700000000-42").allModified(daysAgo(400));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("patch1700000000-42")).contains("only copy");
    }

    @Test
    void staysWhereItIsNotWhatPreCommitWouldClean() {
      cache().allModified(daysAgo(1));
      host = host.withVariables(before -> Map.of("PATH", "/bin", "PRE_COMMIT_HOME", "/elsewhere"));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().values())
          .singleElement()
          .asString()
          .contains("another directory");
    }

    @Test
    void staysWhereThereIsNoPreCommit() throws IOException {
      cache().allModified(daysAgo(1));
      Files.delete(tree.root().resolve("/bin/pre-commit"));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().values()).singleElement().asString().contains("not on PATH");
    }

    @Test
    void staysWithoutItsLock() throws IOException {
      cache().allModified(daysAgo(40));
      Files.delete(tree.path(".lock"));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).hasSize(1);
    }

    /** A folder of a person, whatever a variable says of it. */
    @Test
    void isNothingThatHasRepositoriesAndNoRecord() {
      tree.file(".lock").file("repo-reports/2026.pdf").file("repos/x").allModified(daysAgo(40));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).isEmpty();
    }
  }

  @Nested
  class OfPoetry {
    private Planned plan(Retention retention) {
      return Planned.of(
          tree,
          CleanupTarget.cache("poetry-cache", tree.root()),
          Planned.using(Planned.host(tree)).retention(retention).build());
    }

    @Test
    void goesWithoutTheEnvironmentsBesideIt() {
      tree.file(response("cache/repositories/pypi/_http", "a"))
          .file(response("cache/repositories/pypi/_http", "a") + ".lock.lock")
          .file("cache/repositories/PyPI" + "/0a".repeat(8) + "/" + "0a".repeat(32))
          .file(artifacts("abc") + "/x-1-py3-none-any.whl")
          .file("virtualenvs/app-py3.12/pyvenv.cfg", "home = /usr/bin")
          .file("virtualenvs/app-py3.12/bin/python")
          .allModified(daysAgo(400));

      assertThat(plan(Retention.NONE).proposed()).containsExactly("artifacts", "cache");
    }

    @Test
    void keepsWhatIsNotPoetrys() {
      tree.file(artifacts("abc") + "/x-1-py3-none-any.whl")
          .file("artifacts/release/x-1-py3-none-any.whl")
          .file("cache/thesis.tex")
          .directory("cache/repositories")
          .allModified(daysAgo(400));

      assertThat(plan(Retention.NONE).proposed()).containsExactly("artifacts/ab");
      assertThat(plan(Retention.NONE).refused()).containsOnlyKeys("artifacts/release", "cache");
    }

    @Test
    void losesNoFilesOfThoseNames() {
      tree.file("artifacts").file("cache").allModified(daysAgo(400));

      assertThat(plan(Retention.NONE).proposed()).isEmpty();
    }

    @Test
    void goesByDistributionsWhereSomethingIsKept() {
      tree.file(artifacts("aa") + "/x.whl", 1, daysAgo(2))
          .file(artifacts("bb") + "/y.whl", 1, daysAgo(1));

      assertThat(plan(Retention.NONE.keepNewest(1)).plan().items())
          .extracting(item -> tree.root().relativize(item.path()).toString())
          .allMatch(path -> path.startsWith("artifacts/aa"));
    }
  }

  @Nested
  class OfBytecodeOfAllSources {
    @BeforeEach
    void makeTheDirectoriesOfTheMachine() throws IOException {
      for (String each : List.of("/home", "/tmp", "/usr")) {
        Files.createDirectories(tree.root().resolve(each));
      }
    }

    private Planned plan(Retention retention) {
      return Planned.of(
          tree,
          CleanupTarget.cache(Places.BYTECODE, tree.root()),
          Planned.using(Planned.host(tree)).retention(retention).build());
    }

    @Test
    void goesByWholeTrees() {
      tree.file("home/me/app.cpython-312.pyc")
          .file("home/me/deep/er.cpython-312.opt-1.pyc")
          .allModified(daysAgo(1));

      assertThat(plan(Retention.NONE).proposed()).containsExactly("home");
    }

    @Test
    void goesByFilesWhereYoungOnesAreKept() {
      tree.file("home/me/old.cpython-312.pyc", 9, daysAgo(40))
          .file("home/me/young.cpython-312.pyc", 9, daysAgo(2));

      assertThat(plan(Retention.NONE.olderThan(Duration.ofDays(30))).proposed())
          .containsExactly("home/me/old.cpython-312.pyc");
    }

    @Test
    void keepsWhatIsNoBytecode() {
      tree.file("home/me/app.cpython-312.pyc").file("home/thesis.tex").allModified(daysAgo(40));

      assertThat(plan(Retention.NONE).proposed()).containsExactly("home/me");
    }

    /** The folder is a person's, whatever a variable says of it. */
    @Test
    void keepsWhatMirrorsNothing() {
      tree.file("tmp/x.pyc/data.csv")
          .file("tmp/old.pyc")
          .file("tmp/pkg/__pycache__/a.cpython-312.pyc")
          .file("no-such-directory/a.cpython-312.pyc")
          .directory("usr/src")
          .allModified(daysAgo(40));

      assertThat(plan(Retention.NONE).proposed()).isEmpty();
    }
  }

  @Nested
  class OfTemporaryFiles {

    @Test
    void losesNothingButWhatLowtideMade() {
      Ownership gone = new Ownership(1, "another start", Ownership.current().processes());
      OwnedDirectories.mark(tree, "lowtide-1", gone);
      tree.file("lowtide-1/tmpa1b2c3d4/a.o")
          .file("tmpbuild/a.o")
          .file("tmpx7y8z9ab/__pycache__/a.pyc")
          .file("pip-wheel-1234/a.whl")
          .file("env/pyvenv.cfg", "home = /usr/bin")
          .file("env/bin/python")
          .allModified(daysAgo(30));

      Planned planned =
          Planned.of(tree, CleanupTarget.temporary("temp", tree.root()), Planned.host(tree));

      assertThat(planned.proposed()).containsExactly("lowtide-1");
      assertThat(planned.refused()).isEmpty();
    }
  }
}
