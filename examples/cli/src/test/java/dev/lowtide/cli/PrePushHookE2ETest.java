package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Repository;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real {@code git push} with the hook. Stand-ins for lowtide show what it is given and that its
 * failure stops no push; lowtide and the real cargo show the result.
 */
class PrePushHookE2ETest {
  private static final Path HOOK = Repository.path("examples/hooks/pre-push");

  @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void cloneARepository() throws IOException {
    tree = TestTree.in(directory.toRealPath()).directory("bin").directory("work/member/src");
    run(".", "git", "init", "-q", "--bare", "-b", "main", "origin.git");
    run("work", "git", "init", "-q", "-b", "main");
    run("work", "git", "remote", "add", "origin", tree.path("origin.git").toString());
    tree.file("work/Cargo.toml", "[workspace]\nmembers = []\n").file("work/member/src/lib.rs");
    commit();
    Files.copy(HOOK, tree.path("work/.git/hooks/pre-push"));
  }

  private void commit() {
    run("work", "git", "add", "-A");
    run(
        "work",
        "git",
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.invalid",
        "commit",
        "-qm",
        "a change");
  }

  private void lowtide(String script) {
    Launcher.script(tree, "bin/lowtide", script);
  }

  private String run(String where, String... argv) {
    List<String> all = new ArrayList<>(List.of("env", "-u", "LOWTIDE", "-u", "CARGO_TARGET_DIR"));
    all.add("PATH=" + tree.path("bin") + ":" + System.getenv("PATH"));
    all.addAll(List.of(argv));
    return ChildProcess.run(tree.path(where), all.toArray(String[]::new));
  }

  private void assertPushed() {
    assertThat(run("origin.git", "git", "rev-parse", "main"))
        .isEqualTo(run("work", "git", "rev-parse", "HEAD"));
  }

  @Test
  void removesWhatNoBuildHasUsedFor30DaysAndLeavesAllElseFresh() throws IOException {
    StaleWorkspace workspace =
        new StaleWorkspace(tree.path("work")).builtTwice(Duration.ofDays(31));
    commit();
    Launcher.write(tree, "bin/lowtide");

    String said = run("work/library", "git", "push", "-q", "origin", "main");

    assertPushed();
    assertThat(said).contains("of space is freed in the background");
    workspace.assertThatOnlyWhatIsStaleIsGone();
  }

  @Test
  void keepsWhatABuildMayHaveUsedInTheLast30Days() {
    StaleWorkspace workspace =
        new StaleWorkspace(tree.path("work")).builtTwice(Duration.ofDays(29));
    commit();
    Launcher.write(tree, "bin/lowtide");

    run("work", "git", "push", "-q", "origin", "main");

    assertPushed();
    workspace.assertThatAllIsThere();
  }

  @Test
  void cleansTheWorkspaceWithoutTheVariablesOfGit() throws IOException {
    lowtide("{ printf '%s\\n' \"$@\"; env | grep '^GIT_'; cat; } >" + tree.path("notes"));

    run("work/member/src", "git", "push", "-q", "origin", "main");

    assertPushed();
    assertThat(Files.readAllLines(tree.path("notes")))
        .containsExactly(
            "clean",
            "--root",
            tree.path("work").toString(),
            "--policy",
            "rust.target-stale",
            "--older-than",
            "30d",
            "--background",
            "--yes");
  }

  @Test
  void looksIntoTheWorktreeFromWhichIsPushed() throws IOException {
    lowtide("printf '%s\\n' \"$@\" >" + tree.path("notes"));
    run("work", "git", "worktree", "add", "-q", "-b", "side", tree.path("side").toString());

    run("side", "git", "push", "-q", "origin", "side");

    assertThat(Files.readAllLines(tree.path("notes"))).contains(tree.path("side").toString());
  }

  @Test
  void neverKeepsAPushFromHappening() {
    lowtide("exit 3");

    String said = run("work", "git", "push", "-q", "origin", "main");

    assertPushed();
    assertThat(said).contains("lowtide ended with exit code 3; the push continues");
  }

  @Test
  void saysWhatIsMissing() {
    String said =
        run("work", "env", "LOWTIDE=no-such-command", "git", "push", "-q", "origin", "main");

    assertPushed();
    assertThat(said).contains("there is no 'no-such-command'");
  }

  @Test
  void hasNothingToDoInARepositoryOfAnotherKind() throws IOException {
    lowtide("echo called >" + tree.path("notes"));
    Files.delete(tree.path("work/Cargo.toml"));
    commit();

    run("work", "git", "push", "-q", "origin", "main");

    assertPushed();
    assertThat(tree.has("notes")).isFalse();
  }
}
