package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What stays in somebody's clone, told by real repositories: {@code build} is untracked everywhere
 * and goes unless something speaks against it.
 */
class GitGuardTest {
  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeAClone() throws IOException {
    ChildProcess.assumeTool("git");
    tree = TestTree.in(temporary.toRealPath());
    tree.file("clone/source", "0").file("clone/build/output");
    sh("clone", "git init -q -b main; git add source; git commit -qm 0");
  }

  /** Runs a script in a directory of the tree, as somebody whom Git knows. */
  private void sh(String directory, String script) {
    String who =
        "export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.invalid GIT_COMMITTER_NAME=t"
            + " GIT_COMMITTER_EMAIL=t@example.invalid GIT_CONFIG_NOSYSTEM=1"
            + " GIT_CONFIG_GLOBAL=/dev/null GIT_EDITOR=true\n";
    ChildProcess.run(tree.path(directory), "sh", "-ec", who + script);
  }

  private CleanupPlan plan(CleanupTarget target, String... paths) throws IOException {
    return TestMachine.lowtide(tree, TestPolicy.deleting(paths)).build().plan(target);
  }

  private CleanupPlan plan(String root, String... paths) throws IOException {
    return plan(CleanupTarget.of("root", tree.path(root)), paths);
  }

  private void assertGoes(String root, String path) throws IOException {
    CleanupPlan plan = plan(root, path);
    assertThat(plan.refused()).isEmpty();
    assertThat(plan.items())
        .extracting(PlanItem::path)
        .containsExactly(tree.path(root).resolve(path));
  }

  private void assertStays(String root, String path, String... words) throws IOException {
    assertKept(plan(root, path), words);
  }

  private static void assertKept(CleanupPlan plan, String... words) {
    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("git");
    assertThat(plan.refused().get(0).reason()).contains(words);
  }

  @Test
  void whatIsUntrackedInAQuietCloneGoes() throws IOException {
    assertGoes("clone", "build");
  }

  @Nested
  class WhatIsUnfinished {
    /** Two branches that have changed the same line. */
    private void diverge() {
      sh(
          "clone",
          """
          git checkout -qb other; echo 1 > source; git commit -qam 1; echo 2 > source
          git commit -qam 2; git checkout -q main; echo 3 > source; git commit -qam 3
          """);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
      "git merge other, MERGE_HEAD, git merge --abort",
      "git rebase other, rebase-merge, git rebase --abort",
      "git rebase --apply other, rebase-apply, git rebase --abort",
      "git cherry-pick other, CHERRY_PICK_HEAD, git cherry-pick --abort",
      "git cherry-pick other~2..other; git checkout -q --theirs source; git commit -qam c,"
          + " sequencer, git cherry-pick --quit",
      "git revert HEAD~1 other, REVERT_HEAD, git revert --abort",
      "git bisect start other main~1, BISECT_LOG, git bisect reset",
      "touch .git/index.lock, index.lock, rm .git/index.lock"
    })
    void keepsEverythingUntilItIsFinished(String begin, String file, String end)
        throws IOException {
      diverge();
      sh("clone", "(" + begin + ") || true");
      assertThat(tree.path("clone/.git/" + file)).exists();

      assertStays("clone", "build", "a Git operation has not ended", tree.path("clone/.git") + "/");
      sh("clone", end);
      assertGoes("clone", "build");
    }

    @Test
    void inALinkedWorkingTreeConcernsThatOneAlone() throws IOException {
      sh("clone", "git worktree add -q ../linked");
      tree.file("linked/build/output");
      sh("linked", "touch \"$(git rev-parse --git-path index.lock)\"");

      assertStays("linked", "build", "clone/.git/worktrees/linked/index.lock");
      assertGoes("clone", "build");
    }
  }

  @Nested
  class WhatIsTracked {
    @ParameterizedTest
    @CsvSource({"--assume-unchanged", "--skip-worktree"})
    void staysWhereStatusDoesNotShowItsChanges(String flag) throws IOException {
      sh("clone", "git add -f build/output; git commit -qm 1");
      sh("clone", "git update-index " + flag + " build/output; echo precious > build/output");

      assertThat(ChildProcess.run(tree.path("clone"), "git", "status", "--short")).isEmpty();
      assertStays("clone", "build", "Git tracks", tree.path("clone/build/output").toString());
    }

    @Test
    void elsewhereWithChangesThatStatusDoesNotShowConcernsNothingElse() throws IOException {
      sh("clone", "git update-index --assume-unchanged source; echo precious > source");

      assertGoes("clone", "build");
    }

    @Test
    void isToldAgainWhenTheIndexHasChanged() throws IOException {
      Guards guards =
          Guards.of(
              GuardRules.of(
                      TestMachine.host(tree.root().getFileSystem()),
                      TestMachine.clockAt(TestTree.NOW))
                  .with(List.of(TestPolicy.named("test"))),
              List.of());
      CleanupTarget target = CleanupTarget.of("clone", tree.path("clone"));
      Entry build = SizeProbe.portable().capture(tree.path("clone/build")).root();

      assertThat(guards.refusal("test", target, TestPolicy.delete(build), build)).isEmpty();
      sh("clone", "git add -f build/output");
      assertThat(guards.refusal("test", target, TestPolicy.delete(build), build))
          .hasValueSatisfying(refusal -> assertThat(refusal.reason()).contains("Git tracks"));
    }

    @Test
    void byARepositoryAboveAnotherOneStays() throws IOException {
      sh("clone", "git add -f build/output; git init -q build/inner; touch build/inner/cache");
      tree.file("clone/build/inner/cache");
      assertGoes("clone", "build/inner/cache");

      // Git looks further up where a .git is no repository
      sh("clone", "rm -r build/inner/.git; git add -f build/inner/cache; mkdir build/inner/.git");

      assertStays("clone", "build/inner/cache", "Git tracks");
    }

    @Test
    void isShownInTheLettersOfItsName() throws IOException {
      sh("clone", "touch build/grün; git add -f build");

      assertStays("clone", "build", "build/grün");
    }
  }

  @Nested
  class AWorkingTreeElsewhere {
    @Test
    void keepsWhatLiesBesideItsRepository() throws IOException {
      tree.directory("elsewhere");
      sh("clone", "git config core.worktree ../../elsewhere");

      assertStays("clone", "build", "core.worktree of", tree.path("clone/.git").toString());
    }

    @Test
    void thatIsNotThereKeepsEverythingToo() throws IOException {
      sh("clone", "git config core.worktree /none/such");

      assertStays("clone", "build", "core.worktree", "/none/such");
    }

    @Test
    void mayBeNamedForEachLinkedOne() throws IOException {
      tree.directory("elsewhere");
      sh("clone", "git worktree add -q ../linked; git config extensions.worktreeConfig true");
      tree.file("linked/build/output");
      sh("linked", "git config --worktree core.worktree ../../../../elsewhere");

      assertStays("linked", "build", "core.worktree");
      assertGoes("clone", "build");
    }

    @Test
    void ofTheMainOneDoesNotConcernALinkedOne() throws IOException {
      tree.directory("elsewhere");
      sh("clone", "git worktree add -q ../linked; git config core.worktree ../../elsewhere");
      tree.file("linked/build/output");

      assertGoes("linked", "build");
    }

    @Test
    void isNoneInASubmodule() throws IOException {
      tree.file("library/lib.c").file("library/build/notes");
      sh("library", "git init -q; git add -f .; git commit -qm library");
      sh("clone", "git -c protocol.file.allow=always submodule --quiet add ../library sub");
      tree.file("clone/sub/out/lib.o");
      String setting =
          ChildProcess.run(tree.path("clone/sub"), "git", "config", "core.worktree").strip();
      assertThat(setting).as("core.worktree of the submodule").isEqualTo("../../../sub");

      assertGoes("clone", "sub/out");
      assertStays("clone", "sub/build", "Git tracks");
      assertStays("clone", "sub", "it contains the repository");
    }
  }

  @Nested
  class ARepository {
    @ParameterizedTest
    @CsvSource({
      "git init -q build/inner, build/inner/.git",
      "git init -q --bare build/mirror, build/mirror",
      "git init -q --separate-git-dir=build/hidden other, build/hidden",
      "git worktree add -q build/linked, build/linked/.git",
      "mkdir -p build/hg/.hg/store, build/hg/.hg",
      "mkdir -p build/svn/.svn, build/svn/.svn",
      "mkdir -p build/jj/.JJ, build/jj/.JJ",
      "mkdir -p build/bzr/.bzr, build/bzr/.bzr",
      "mkdir -p build/darcs/_darcs, build/darcs/_darcs"
    })
    void keepsWhatItLiesIn(String script, String repository) throws IOException {
      sh("clone", script);

      assertStays("clone", "build", "contains the repository " + tree.path("clone/" + repository));
    }

    @Test
    void ofAToolMayGoWithItsCache() throws IOException {
      sh("clone", "git clone -q --bare . ../cache/git/db/clone");
      CleanupTarget cache = CleanupTarget.cache("cache", tree.path("cache"));

      assertThat(plan(cache, "git").refused())
          .extracting(Refusal::guard)
          .as("what a cache has for a mirror")
          .doesNotContain("git");
      sh("clone", "git clone -q . ../cache/git/checkout");
      assertKept(plan(cache, "git"), "cache/git/checkout/.git");
    }

    @Test
    void keepsItsOwnFiles() throws IOException {
      sh("clone", "git clone -q --bare . ../mirror");

      assertStays("clone", ".git/objects", "part of the Git repository");
      assertStays("mirror", "objects", "part of the Git repository " + tree.path("mirror"));
    }

    @Test
    void withWorkingTreesInItDoesNotKeepWhatLiesInThese() throws IOException {
      sh("clone", "git clone -q --bare . ../mirror; cd ../mirror; git worktree add -q main");
      tree.file("mirror/main/build/output");

      assertGoes("mirror", "main/build");
    }

    @Test
    void thatIsNotThereKeepsEverything() throws IOException {
      tree.file("alone/.git", "gitdir: /nowhere/.git/worktrees/tree").file("alone/build/output");

      assertStays("alone", "build", "/nowhere/.git/worktrees/tree");
    }

    @ParameterizedTest
    @CsvSource({"printf 'gitdir: a\\0b'", "echo nonsense", "head -c 2000000 /dev/zero"})
    void thatNobodyUnderstandsKeepsEverything(String command) throws IOException {
      tree.file("odd/build/output");
      sh("odd", command + " > .git");

      assertStays("odd", "build", "could not be checked");
    }

    @Test
    void ofAFormatThatIsNotKnownKeepsEverything() throws IOException {
      sh("clone", "git config core.repositoryFormatVersion 7");

      assertStays("clone", "build", "the format '7' of");
    }

    @Test
    void whoseConfigurationIsBrokenKeepsEverything() throws IOException {
      sh("clone", "echo '[core' >> .git/config");

      assertStays("clone", "build", tree.path("clone/.git/config") + " cannot be parsed");
    }

    @Test
    void isFoundUnderAnotherCaseWhereThatIsTheSame() throws IOException {
      TestTree mac = TestTree.in(Jimfs.newFileSystem(Configuration.osX()));
      mac.file("build/.GIT/HEAD").file("clone/.GIT/HEAD").file("clone/.GIT/hooks/hook");

      CleanupPlan plan =
          TestMachine.lowtide(mac, TestPolicy.deleting("build", "clone/.GIT/hooks"))
              .build()
              .plan(CleanupTarget.of("mac", mac.root()));

      assertThat(plan.items()).isEmpty();
      assertThat(plan.refused())
          .extracting(Refusal::reason)
          .satisfiesExactly(
              reason ->
                  assertThat(reason).contains("contains the repository " + mac.path("build/.GIT")),
              reason ->
                  assertThat(reason)
                      .contains("part of the Git repository " + mac.path("clone/.GIT")));
    }
  }

  @Nested
  class Programs {
    @Test
    void thatARepositoryNamesAreNotRun() throws IOException {
      tree.file("evil", "#!/bin/sh\ntouch " + tree.path("was-run") + "\ncat\n");
      sh(
          "clone",
          """
          chmod +x ../evil; git config core.fsmonitor "$PWD/../evil"
          git config core.hooksPath "$PWD/../hooks"; mkdir ../hooks
          for hook in post-checkout pre-commit post-index-change; do cp ../evil ../hooks/$hook; done
          git config filter.evil.smudge ../evil; git config filter.evil.clean ../evil
          echo '* filter=evil' > .gitattributes
          """);

      assertGoes("clone", "build");
      assertThat(tree.has("was-run")).isFalse();
      sh("clone", "git status --short");
      assertThat(tree.has("was-run")).as("whether Git runs it").isTrue();
    }

    /** As a hook, with Git's variables, which lead to the clone that is committed to. */
    @Test
    void thatRunAsHooksSeeTheRepositoryInWhichTheyLook() throws IOException {
      tree.file("other/build/tracked");
      sh("other", "git init -q; git add -f build");
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      tree.file(
          "clone/.git/hooks/pre-commit",
          "#!/bin/sh\nexport GIT_DIR=\"$PWD/.git\" GIT_WORK_TREE=\"$PWD\"\nexec "
              + java
              + " -cp \"$CLASSPATH\" '"
              + PlansElsewhere.class.getName()
              + "' "
              + tree.path("other")
              + "\n");
      sh("clone", "chmod +x .git/hooks/pre-commit; git commit -q --allow-empty -m hook");

      try (Stream<String> lines = Files.lines(tree.path("other/plan"))) {
        assertThat(lines)
            .containsExactly("GIT_DIR true", "git: " + tree.path("other/build/tracked"));
      }
    }
  }

  /** Runs in a hook, and writes what the guard says of another repository. */
  static final class PlansElsewhere {
    public static void main(String[] args) throws IOException {
      TestTree other = TestTree.in(Path.of(args[0]));
      CleanupPlan plan =
          TestMachine.lowtide(other, TestPolicy.deleting("build"))
              .build()
              .plan(CleanupTarget.of("other", other.root()));
      assertThat(plan.items()).isEmpty();
      assertThat(plan.refused().get(0).reason()).contains(other.path("build/tracked").toString());
      Files.writeString(
          other.path("plan"),
          "GIT_DIR %s%n%s: %s%n"
              .formatted(
                  System.getenv("GIT_DIR") != null,
                  plan.refused().get(0).guard(),
                  other.path("build/tracked")));
    }
  }
}
