package dev.lowtide.policies.python;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Ownership;
import dev.lowtide.policy.PolicySelection;
import dev.lowtide.policy.Retention;
import dev.lowtide.testing.OwnedDirectories;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

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
      tree.file("http-v2/a/b/ab12", kib(4))
          .file("http/c")
          .file("wheels/a/b/c/x.whl")
          .file("selfcheck/1f.json")
          .file("CACHEDIR.TAG")
          .allModified(daysAgo(1));

      assertThat(plan().proposed()).containsExactly("http", "http-v2", "selfcheck", "wheels");
      assertThat(plan().refused()).isEmpty();
    }

    @Test
    void keepsWhatIsNotPips() {
      tree.file("http-v2/a").file("photos/cat.jpg").allModified(daysAgo(1));

      assertThat(plan().proposed()).containsExactly("http-v2");
      assertThat(plan().refused()).containsExactly(entry("photos", "it is not pip's"));
    }

    @Test
    void keepsWhatWasUsedWithinTheHour() {
      tree.file("http-v2/a", kib(1));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("http-v2")).contains("grace period");
    }

    @Test
    void goesByEntriesWhereYoungOnesAreKept() {
      tree.file("http-v2/a/old", 1, daysAgo(40))
          .file("http-v2/a/old.body", 1, daysAgo(40))
          .file("http-v2/a/mixed", 1, daysAgo(40))
          .file("http-v2/a/mixed.body", 1, daysAgo(2))
          .file("wheels/a/old/x-1.whl", 1, daysAgo(40))
          .file("wheels/a/old/origin.json", 1, daysAgo(40))
          .file("wheels/a/young/x-2.whl", 1, daysAgo(2));
      age("wheels/a/old", 40);

      Planned planned =
          Planned.of(
              tree,
              target(),
              Planned.using(Planned.host(tree)).olderThan(Duration.ofDays(30)).build());

      assertThat(planned.proposed())
          .containsExactly("http-v2/a/old", "http-v2/a/old.body", "wheels/a/old");
    }

    @Test
    void losesTheLeastRecentlyUsedWhereItIsTooLarge() {
      tree.file("http-v2/oldest", kib(64), daysAgo(3))
          .file("http-v2/older", kib(64), daysAgo(2))
          .file("http-v2/newest", kib(64), daysAgo(1));

      Planned planned =
          Planned.of(
              tree,
              target(),
              Planned.using(Planned.host(tree)).maxSize(new ByteSize(kib(140))).build());

      assertThat(planned.proposed()).containsExactly("http-v2/oldest");
    }

    @Test
    void losesAResponseWithTheDirectoryThatPipMadeForIt() {
      tree.file("http-v2/0/1/2/3/4/01234a", 1)
          .file("http-v2/0/1/2/3/4/01234a.body", kib(8))
          .file("http-v2/0/1/2/3/5/01235b", 1)
          .file("http-v2/0/1/2/3/5/01235b.body", kib(8))
          .allModified(daysAgo(40))
          .file("http-v2/0/1/2/3/5/01235b", 1, daysAgo(1));

      Planned planned =
          Planned.of(
              tree,
              target(),
              Planned.using(Planned.host(tree)).olderThan(Duration.ofDays(30)).build());

      assertThat(planned.proposed()).containsExactly("http-v2/0/1/2/3/4");
    }

    @Test
    void keepsSoManyResponsesAndSoManyWheels() {
      tree.file("http/a/1", 1, daysAgo(3))
          .file("http/b/2", 1, daysAgo(2))
          .file("wheels/a/1/x-1.whl", 1, daysAgo(5))
          .file("wheels/b/2/y-1.whl", 1, daysAgo(4));
      age("http/a", 3);
      age("http/b", 2);
      age("wheels/a/1", 5);
      age("wheels/b/2", 4);

      Planned planned =
          Planned.of(tree, target(), Planned.using(Planned.host(tree)).keepNewest(1).build());

      assertThat(planned.proposed()).containsExactly("http/a", "wheels/a/1");
    }

    @Test
    void canBeAskedForInPart() {
      tree.file("http-v2/a").file("wheels/b/x.whl").allModified(daysAgo(1));

      assertThat(only("python.pip-cache.http")).containsExactly("http-v2");
      assertThat(only("python.pip-cache.wheels")).containsExactly("wheels");
      assertThat(only("python.pip-cache")).containsExactly("http-v2", "wheels");
    }

    private List<String> only(String policies) {
      return Planned.of(
              tree,
              target(),
              Planned.using(Planned.host(tree), PolicySelection.ALL.named(List.of(policies)))
                  .build())
          .proposed();
    }

    @Test
    void isNotLookedForInAWorkspace() {
      tree.file("http-v2/a").file("wheels/b").allModified(daysAgo(1));

      assertThat(Planned.workspace(tree).proposed()).isEmpty();
      assertThat(Planned.workspace(tree).refused()).isEmpty();
    }

    private void age(String directory, long days) {
      try {
        Files.setLastModifiedTime(tree.path(directory), FileTime.from(daysAgo(days)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Nested
  class OfPreCommit {
    private Planned plan(Retention retention) {
      return Planned.of(
          tree,
          CleanupTarget.cache("pre-commit-cache", tree.root()),
          Planned.using(Planned.host(tree)).retention(retention).build());
    }

    @Test
    void goesWithItsRecordFirst() {
      tree.file(".lock").file("db.db").file("README").file("repo1/py_env/x").file("repo2/x");
      tree.allModified(daysAgo(1));

      assertThat(plan(Retention.NONE).proposed()).containsExactly("db.db", "repo1", "repo2");
      assertThat(plan(Retention.NONE).plan().items())
          .allSatisfy(
              item -> assertThat(item.candidate().locks()).containsExactly(tree.path(".lock")));
      assertThat(plan(Retention.NONE).plan().items().subList(1, 3))
          .allSatisfy(
              item -> assertThat(item.candidate().after()).containsExactly(tree.path("db.db")));
    }

    @Test
    void keepsPatchesWhichMayBeTheOnlyCopyOfAnEdit() {
      tree.file(".lock").file("patch1700000000-42").allModified(daysAgo(400));

      assertThat(plan(Retention.NONE).proposed()).isEmpty();
      assertThat(plan(Retention.NONE).refused().get("patch1700000000-42")).contains("only copy");
    }

    @Test
    void staysWholeWhereAPartOfItIsYoung() {
      tree.file(".lock").file("db.db").file("repo1/x").file("repo2/y").allModified(daysAgo(40));
      tree.file("repo2/y", 1, daysAgo(1));

      assertThat(plan(Retention.NONE.olderThan(Duration.ofDays(30))).proposed()).isEmpty();
    }

    @Test
    void staysWithoutItsLock() {
      tree.file("db.db").file("repo1/x").allModified(daysAgo(40));

      assertThat(plan(Retention.NONE).proposed()).isEmpty();
      assertThat(plan(Retention.NONE).refused()).containsOnlyKeys("db.db", "repo1");
    }

    @Test
    void staysWithoutItsRecord() {
      tree.file(".lock").file("repo1/x").allModified(daysAgo(40));

      assertThat(plan(Retention.NONE).proposed()).isEmpty();
      assertThat(plan(Retention.NONE).refused()).isEmpty();
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
      tree.file("cache/repositories/pypi/_http/a")
          .file("artifacts/a/b/x.whl")
          .file("virtualenvs/app-py3.12/pyvenv.cfg", "home = /usr/bin")
          .file("virtualenvs/app-py3.12/bin/python")
          .allModified(daysAgo(400));

      assertThat(plan(Retention.NONE).proposed()).containsExactly("artifacts", "cache");
    }

    @Test
    void losesNoFilesOfThoseNames() {
      tree.file("artifacts").file("cache").allModified(daysAgo(400));

      assertThat(plan(Retention.NONE).proposed()).isEmpty();
    }

    @Test
    void goesByFilesWhereSomethingIsKept() {
      tree.file("artifacts/a/x.whl", 1, daysAgo(2)).file("artifacts/b/y.whl", 1, daysAgo(1));

      assertThat(plan(Retention.NONE.keepNewest(1)).proposed())
          .containsExactly("artifacts/a/x.whl");
    }
  }

  @Nested
  class OfBytecodeOfAllSources {
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
