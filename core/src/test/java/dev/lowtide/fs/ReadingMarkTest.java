package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another Lowtide that only reads is no user, and nobody passes for one by accident. */
class ReadingMarkTest {
  /** What {@link ReadingMark} does, for the process whose number is {@code who}. */
  private static final String MARK =
      """
      import fcntl, os
      mark = open('/proc/self/comm')
      fcntl.lockf(mark, fcntl.LOCK_SH, 1, (0x4C6F77 << 32) + who)
      """;

  private static final String MARKED = "import os; who = os.getpid()\n" + MARK;

  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    assumeThat(Path.of("/proc/locks")).as("Linux's table of locks").exists();
    tree = TestTree.in(temporary.toRealPath()).file("a/file");
  }

  private boolean isUsed(String script) {
    return isUsed(script, List.of());
  }

  private boolean isUsed(String script, List<String> argv) {
    try (Running process = ChildProcess.python(Map.of(), argv, script, tree.path("a"))) {
      assertThat(process.pid()).isPositive();
      return OpenFiles.scan().useAtOrBelow(tree.path("a")).isPresent();
    }
  }

  @Test
  void whatAMarkedProcessHasOpenForReadingOrWasToldIsNoUse() {
    String reads = "d = os.open(a[0], os.O_RDONLY); f = open(a[0] + '/file')";
    List<String> told = List.of(tree.path("a/file").toString());

    assertThat(isUsed(MARKED + reads, told)).isFalse();
    assertThat(isUsed("import os\n" + reads)).isTrue();
    assertThat(isUsed("", told)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "f = open(a[0] + '/file', 'a')",
        "f = open(a[0] + '/file', 'r+')",
        "os.chdir(a[0])",
        "import mmap; f = os.open(a[0] + '/file', 0);"
            + " m = mmap.mmap(f, 0, prot=mmap.PROT_READ); os.close(f)",
      })
  void whateverElseItDoesIsAUse(String use) {
    assertThat(isUsed(MARKED + use)).isTrue();
  }

  @Test
  void nobodyCanMarkAnotherProcess() {
    assertThat(isUsed("who = 1\n" + MARK + "f = open(a[0] + '/file')")).isTrue();
    assertThat(isUsed("import os; who = os.getppid()\n" + MARK + "f = open(a[0] + '/file')"))
        .isTrue();
  }

  @Test
  void anotherUserIsNotBelieved() {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can become another user");
    String marked = MARK.replace("fcntl.lockf", ChildProcess.LEAVE_ROOT + "fcntl.lockf");

    assertThat(isUsed("import os; who = os.getpid(); f = open(a[0] + '/file')\n" + marked))
        .isTrue();
  }

  private Set<Boolean> markedWhile(LowtideBuilder lowtide, boolean apply) throws IOException {
    Set<Boolean> marked = new HashSet<>();
    long self = ProcessHandle.current().pid();
    Lowtide looking =
        lowtide.listener(event -> marked.add(ReadingMark.processes().contains(self))).build();
    var plan = looking.plan(CleanupTarget.of("workspace", tree.root()));
    if (apply) {
      marked.clear();
      CleanupReport report = looking.apply(plan);
      assertThat(report.outcomes()).isNotEmpty();
    }
    return marked;
  }

  @Test
  void thisProcessIsMarkedWhileItPlansAndNotWhileItRemoves() throws IOException {
    LowtideBuilder lowtide = TestMachine.lowtide(tree, TestPolicy.deleting("a"));

    assertThat(markedWhile(lowtide, false)).containsExactly(true);
    assertThat(markedWhile(lowtide, true)).containsExactly(false);
    assertThat(ReadingMark.processes()).doesNotContain(ProcessHandle.current().pid());
  }
}
