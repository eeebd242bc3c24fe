package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policy files of the machine, the user and a project, and which of them wins. */
class LayeredPolicyFilesTest {
  private static final String MACHINE = "etc/lowtide.toml";
  private static final String USER = "home/.config/lowtide/lowtide.toml";
  private static final String PROJECT = "work/lowtide.toml";
  private static final String HERE = "[[targets]]\npath = \".\"\n";

  private @TempDir Path directory;
  private TestTree tree;
  private HostEnvironment host;
  private String root;

  @BeforeEach
  void makeTree() throws IOException {
    tree =
        TestTree.in(directory.toRealPath())
            .directory("tmp")
            .directory("etc/lowtide.d")
            .directory("home/.config/lowtide")
            .file("work/a/out/a.o", kib(8))
            .file("work/b/out/b.o", kib(8))
            .file("work/.git/HEAD");
    root = tree.path("work").toString();
    host = CommandLineRun.host(tree.root()).withMachineConfigHome(tree.path("etc"));
    protect();
  }

  private void protect() {
    ChildProcess.run(tree.root(), "chmod", "go-w", ".", "work");
    ChildProcess.run(tree.root(), "chmod", "-R", "go-w", "etc", "home");
    if (tree.has(PROJECT)) {
      ChildProcess.run(tree.root(), "chmod", "go-w", PROJECT);
    }
  }

  private LayeredPolicyFilesTest file(String path, String text) {
    tree.file(path, text);
    protect();
    return this;
  }

  private CommandLineRun plan(String... more) {
    String[] arguments = new String[more.length + 2];
    arguments[0] = "plan";
    arguments[1] = "--assume-idle";
    System.arraycopy(more, 0, arguments, 2, more.length);
    return CommandLineRun.of(host, arguments);
  }

  private void assertPlans(CommandLineRun run, String... names) {
    assertThat(run.exit()).as(run.err()).isZero();
    for (String name : new String[] {"a", "b"}) {
      String item = "KiB  " + root + "/" + name + "/out\n";
      if (String.join("", names).contains(name)) {
        assertThat(run.out()).contains(item);
      } else {
        assertThat(run.out()).doesNotContain(item);
      }
    }
  }

  private CommandLineRun project() {
    return plan("--config", tree.path(PROJECT).toString());
  }

  @Test
  void whatTheMachineSaysHoldsForEveryRun() {
    assertPlans(plan("--root", root), "a", "b");

    file(MACHINE, "[limits]\nkeep-newest = 1\n");

    assertPlans(plan("--root", root), "a");
  }

  @Test
  void theCommandLineOverridesIt() {
    file(MACHINE, "[limits]\nkeep-newest = 1\n");

    assertPlans(plan("--root", root, "--keep-newest", "0"), "a", "b");
  }

  @Test
  void ofSeveralFilesOfTheMachineTheLastOneWinsAndThatOfTheUserOverThem() {
    file(MACHINE, "[limits]\nkeep-newest = 2\n");
    assertPlans(plan("--root", root));

    file("etc/lowtide.d/10-first.toml", "[limits]\nkeep-newest = 0\n");
    assertPlans(plan("--root", root), "a", "b");

    file("etc/lowtide.d/20-second.toml", "[limits]\nkeep-newest = 1\n");
    file("etc/lowtide.d/30-not-read.toml.dpkg-old", "[limits]\nkeep-newest = 0\n");
    assertPlans(plan("--root", root), "a");

    file(USER, "[limits]\nkeep-newest = 0\n");
    assertPlans(plan("--root", root), "a", "b");
  }

  @Test
  void aProjectKeepsMore() {
    file(MACHINE, "[limits]\nkeep-newest = 0\n");

    file(PROJECT, HERE + "[limits]\nkeep-newest = 1\n");
    assertPlans(project(), "a");

    file(PROJECT, HERE + "keep = [\"a\"]\n");
    assertPlans(project(), "b");
  }

  @Test
  void aProjectWidensNothing() {
    file(USER, "[limits]\nkeep-newest = 1\n");

    file(PROJECT, HERE + "[limits]\nkeep-newest = 0\n");

    assertPlans(project(), "a");
  }

  @Test
  void aFileOfTheUserThatIsNamedOverridesTheMachine() {
    file(MACHINE, "[limits]\nkeep-newest = 2\n");
    file(
        "home/.config/mine.toml",
        "[[targets]]\npath = \"" + root + "\"\n[limits]\nkeep-newest = 1\n");

    assertPlans(plan("--config", tree.path("home/.config/mine.toml").toString()), "a");
  }

  @Test
  void aProjectSelectsAmongThePoliciesThatAreSelectedInGeneral() {
    file(MACHINE, "policies = [\"sample.out\"]\n");

    file(PROJECT, "policies = [\"sample\"]\n" + HERE);
    assertPlans(project(), "a", "b");

    file(PROJECT, "policies = [\"sample.cache\"]\n" + HERE);
    assertThat(project().exit()).isEqualTo(Program.USAGE);
    assertThat(project().err())
        .contains(tree.path(PROJECT) + ":1: It selects none of the policies");
  }

  @Test
  void aProjectChangesNoSettingsWhereThereAreFilesAboveIt() {
    file(PROJECT, HERE + "[settings.sample]\nname = \"c\"\n");
    assertThat(project().exit()).isZero();

    file(MACHINE, "[limits]\nkeep-newest = 1\n");
    assertThat(project().exit()).isEqualTo(Program.USAGE);
    assertThat(project().err())
        .contains(tree.path(PROJECT) + ":1: It changes settings of policies");
  }

  @Test
  void whatIsKeptInADirectoryAboveIsKept() {
    file(MACHINE, "[[targets]]\npath = \"" + tree.root() + "\"\nkeep = [\"work/a\"]\n");

    assertPlans(plan("--root", root), "b");
    file(PROJECT, HERE);
    assertPlans(project(), "b");
  }

  @Test
  void withoutASelectionTheirTargetsAreCleaned() {
    file(MACHINE, "[[targets]]\npath = \"" + root + "\"\n");

    CommandLineRun run = plan();

    assertPlans(run, "a", "b");
    assertThat(run.err())
        .contains("Using the targets of the policy files of the machine and the user");
  }

  @Test
  void whatOthersMayWriteIsRefused() {
    file(MACHINE, "");
    for (String writable : new String[] {MACHINE, "etc"}) {
      protect();
      ChildProcess.run(tree.root(), "chmod", "o+w", writable);

      CommandLineRun run = plan("--root", root);

      assertThat(run.exit()).isEqualTo(Program.USAGE);
      assertThat(run.err())
          .isEqualTo(
              "lowtide: "
                  + tree.path(MACHINE)
                  + ":1: It is not used, because all users may write to "
                  + tree.path(writable)
                  + "; let only root and you own and write it, or remove it\n");
    }
  }

  @Test
  void aFileOfAnotherUserIsRefused() {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can give a file away");
    for (String path : new String[] {"etc/lowtide.d/a.toml", USER}) {
      file(path, "");
      ChildProcess.run(tree.root(), "chown", "65534", path);

      assertThat(plan("--root", root).err())
          .contains(tree.path(path) + ":1: It is not used, because ", " belongs to ");
      ChildProcess.run(tree.root(), "rm", path);
    }
  }

  @Test
  void anErrorInOneIsOneLineWithItsPlace() {
    file("etc/lowtide.d/a.toml", "[limits]\nolder = \"7d\"\n");

    assertThat(plan("--root", root).err())
        .startsWith("lowtide: " + tree.path("etc/lowtide.d/a.toml") + ":2: Unknown key 'older'")
        .hasLineCount(1);
  }

  @Test
  void aPipeInThePlaceOfOneHangsNothing() {
    ChildProcess.run(tree.root(), "mkfifo", "-m", "600", MACHINE);

    CommandLineRun run = plan("--root", root);

    assertThat(run.exit()).isEqualTo(Program.USAGE);
    assertThat(run.err()).contains(tree.path(MACHINE).toString()).hasLineCount(1);
  }
}
