package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.WorkDirectories;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.shared.Ownership;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What any version control system keeps stays, and a marker that came with it proves nothing. */
class VersionControlTest {
  @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void plantTree() throws IOException {
    tree = TestTree.in(Files.createDirectory(directory.toRealPath().resolve("work")));
  }

  private CleanupPlan plan(TestPolicy policy) throws IOException {
    return TestMachine.lowtide(tree, policy)
        .allowForeignOwners()
        .assumeIdle()
        .build()
        .plan(CleanupTarget.of("workspace", tree.root()));
  }

  private CleanupPlan plan(String path) throws IOException {
    return plan(TestPolicy.deleting(path));
  }

  private CleanupPlan planOwned() throws IOException {
    return plan(TestPolicy.deleting("run").with(each -> each.withMarker(Marker.OWNED)));
  }

  private static void assertRefused(CleanupPlan plan, String guard, String why) {
    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.guard()).isEqualTo(guard);
              assertThat(refusal.reason()).contains(why);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".hg/store",
        ".svn/wc.db",
        ".sl/store",
        ".jj/repo",
        ".pijul/changes",
        "CVS/Entries",
        "_FOSSIL_",
        ".fslckout",
        ".repo/manifest.xml",
        ".bzr/branch",
        "_darcs/format",
        ".git-crypt/keys"
      })
  void whatHoldsARepositoryStays(String file) throws IOException {
    tree.file("out/deep/" + file);

    assertRefused(plan("out"), "git", "it contains the repository");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".svn/wc.db",
        ".sl/store",
        ".jj/repo",
        ".pijul/changes",
        "CVS/Entries",
        "_FOSSIL_",
        ".fslckout",
        ".repo/manifest.xml",
        ".bzr/branch",
        "_darcs/format"
      })
  void whatLiesInAWorkingCopyThatCannotBeAskedStays(String file) throws IOException {
    tree.file(file).file("sub/out/a");

    assertRefused(plan("sub/out"), "git", "may track it");
    TestTree.in(tree.root().getParent()).file(file);
    Files.walk(tree.path(file.contains("/") ? file.substring(0, file.indexOf('/')) : file))
        .sorted(Comparator.reverseOrder())
        .forEach(path -> assertThat(path.toFile().delete()).isTrue());
    assertRefused(plan("sub/out"), "git", "may track it"); // from above the target
  }

  @Test
  void whatIsOnlyCalledCvsIsNone() throws IOException {
    tree.file("out/CVS/__init__.py").file("CVS/readme").file("out/cvs.py");

    assertThat(plan("out").items()).hasSize(1);
  }

  @Nested
  class Mercurial {
    private void hg(String script) throws IOException {
      ChildProcess.assumeTool("hg");
      ChildProcess.run(
          tree.root(),
          "sh",
          "-c",
          "export HGRCPATH= HGPLAIN=1; set -e; hg init .; mkdir -p out; echo made > out/made; "
              + "echo mine > source; echo out > .hgignore; hg add -q source .hgignore; "
              + script);
    }

    @Test
    void whatItDoesNotTrackGoes() throws IOException {
      hg("hg commit -q -m one -u me");

      assertThat(plan("out").items()).hasSize(1);
    }

    @Test
    void whatItTracksStays() throws IOException {
      hg("hg add -q out/made; hg commit -q -m one -u me");

      assertRefused(plan("out"), "git", "Mercurial tracks " + tree.path("out/made"));
    }

    @Test
    void whatWasOnlyAddedRenamedOrCopiedStays() throws IOException {
      hg("hg commit -q -m one -u me; hg copy -q source out/copy");

      assertRefused(plan("out"), "git", "Mercurial tracks " + tree.path("out/copy"));
    }

    @Test
    void staysWhileItIsAtWork() throws IOException {
      hg("hg commit -q -m one -u me; ln -s host:1 .hg/wlock");

      assertRefused(plan("out"), "git", "a Mercurial operation has not ended");
    }

    @Test
    void staysWhereTheRecordIsNotUnderstood() throws IOException {
      hg("hg commit -q -m one -u me; echo dirstate-v2 >> .hg/requires");
      assertRefused(plan("out"), "git", "dirstate-v2");
    }

    @Test
    void staysWhereTheRecordIsTorn() throws IOException {
      hg("hg commit -q -m one -u me; truncate -s 60 .hg/dirstate");
      assertRefused(plan("out"), "git", "cannot be parsed");
    }

    @Test
    void staysWhereTheRecordNamesALengthThatNoMemoryHolds() throws IOException {
      tree.file("out/made").file(".hg/requires", "dotencode\n");
      ByteBuffer damaged = ByteBuffer.allocate(40 + 13 + 4);
      damaged.put(40, (byte) 'n').putInt(53, Integer.MAX_VALUE);
      Files.write(tree.path(".hg/dirstate"), damaged.array());

      assertRefused(plan("out"), "git", "cannot be parsed");
    }
  }

  @Nested
  class TheMarkOfLowtide {
    @Test
    void ofThisDirectoryProvesIt() throws IOException {
      WorkDirectories.createOwned(tree.directory("x").path("run"));

      assertThat(planOwned().items()).hasSize(1);
    }

    @Test
    void thatCameWithTheContentProvesNothing() throws IOException {
      WorkDirectories.createOwned(tree.directory("x").path("other"));
      tree.file("run/precious");
      Files.copy(tree.path("other/.lowtide-owned"), tree.path("run/.lowtide-owned"));

      assertRefused(planOwned(), "marker", "was not written for this directory");
    }

    @Test
    void ofAnEarlierVersionProvesNothing() throws IOException {
      tree.file("run/.lowtide-owned", Marker.OWNED.beginning() + "pid=1\nprocesses=x\n");

      assertRefused(planOwned(), "marker", "was not written for this directory");
    }

    @Test
    void staysTrueAfterARename() throws IOException {
      WorkDirectories.createOwned(tree.directory("x").path("before"));
      Files.move(tree.path("before"), tree.path("run"));

      assertThat(planOwned().items()).hasSize(1);
    }

    private void git(String script) throws IOException {
      ChildProcess.assumeTool("git");
      WorkDirectories.createOwned(tree.directory("x").path("run"));
      ChildProcess.run(
          tree.root(),
          "sh",
          "-c",
          "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null;"
              + "export GIT_AUTHOR_NAME=me GIT_AUTHOR_EMAIL=me@here;"
              + "export GIT_COMMITTER_NAME=me GIT_COMMITTER_EMAIL=me@here; set -e;"
              + "git init -q x/origin; cd x/origin; echo a > a; git add a; git commit -q -m one;"
              + "cd ../../run; "
              + script);
    }

    @Test
    void coversTheClonesOfABuild() throws IOException {
      git(
          "git clone -q ../x/origin clone; git clone -q --bare ../x/origin source.git;"
              + "git --git-dir source.git worktree add -q --detach tree; echo b > tree/made;"
              + "cd clone; git checkout -q --detach HEAD");

      assertThat(planOwned().items()).hasSize(1);
    }

    @Test
    void coversAWorkingTreeOfACloneBesideItInADirectoryOfLowtide() throws IOException {
      git("git clone -q --bare ../x/origin source.git");
      WorkDirectories.createOwned(tree.path("run/wheel"));
      ChildProcess.run(
          tree.path("run"), "git", "--git-dir=source.git", "worktree", "add", "-q", "wheel/tree");

      CleanupPlan plan =
          plan(TestPolicy.deleting("run/wheel").with(each -> each.withMarker(Marker.OWNED)));
      assertThat(plan.items()).hasSize(1);
      Files.delete(tree.path("run/.lowtide-owned"));
      assertThat(
              plan(TestPolicy.deleting("run/wheel").with(each -> each.withMarker(Marker.OWNED)))
                  .items())
          .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "git clone -q ../x/origin clone; cd clone; echo b > a; git commit -q -a -m two",
          "git clone -q ../x/origin clone; cd clone; echo b > a; git stash -q",
          "git -C ../x/origin worktree add -q --detach ../../run/tree",
          "git init -q mine; cd mine; echo a > a; git add a; git commit -q -m one",
          "mkdir -p somewhere/.hg"
        })
    void coversNoWork(String script) throws IOException {
      git(script);

      assertRefused(planOwned(), "git", "it contains the repository");
    }
  }

  @Test
  void anOwnerIsReadOnlyFromAMarkOfTheDirectory() throws IOException {
    WorkDirectories.createOwned(tree.directory("x").path("run"));
    Optional<Ownership> owner = Ownership.of(SizeProbe.best().capture(tree.path("run")).root());

    assertThat(owner).contains(Ownership.current());
  }
}
