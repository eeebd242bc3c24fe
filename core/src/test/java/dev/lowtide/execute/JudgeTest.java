package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small items are judged several at once, and moved away one after another. */
class JudgeTest {
  private static final long LONGER_THAN_ANY_LOOK_IS_USED_MILLIS = 2_100;

  /** More than are judged together, since the first judgements wait for a scan of processes. */
  private static final String[] NAMES =
      IntStream.range(0, 128).mapToObj(i -> String.format("t%03d", i)).toArray(String[]::new);

  private static final String FIRST = "t064";
  private static final String SECOND = "t065";
  private static final String THIRD = "t066";

  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(temporary.toRealPath());
    for (String name : NAMES) {
      tree.file(name + "/file");
    }
  }

  /** Cleans, and does something when {@link #FIRST} and those after it were judged together. */
  private CleanupReport clean(Runnable meanwhile) throws IOException {
    CleanupListener listener =
        event -> {
          if (event.kind() == CleanupListener.Kind.REMOVING && event.path().endsWith(FIRST)) {
            meanwhile.run();
          }
        };
    Lowtide lowtide =
        TestMachine.lowtide(tree, TestPolicy.deleting(NAMES)).listener(listener).build();
    return lowtide.apply(lowtide.plan(CleanupTarget.of("workspace", tree.root())));
  }

  @Test
  void aJudgementThatHasBecomeOldIsMadeAgain() throws IOException {
    ChildProcess.assumeTool("git");

    CleanupReport report =
        clean(
            () -> {
              ChildProcess.run(tree.root(), "git", "init", "-q");
              ChildProcess.run(tree.root(), "git", "add", SECOND + "/file");
              sleep();
            });

    assertThat(report.skipped())
        .singleElement()
        .satisfies(skipped -> assertThat(skipped.reason()).startsWith("git: Git tracks "));
    assertThat(tree.path(SECOND + "/file")).exists();
    assertThat(tree.path(THIRD)).doesNotExist();
  }

  @Test
  void whatChangesAfterItsJudgementIsPutBack() throws IOException {
    CleanupReport report =
        clean(
            () -> {
              try {
                Files.writeString(tree.path(SECOND + "/new"), "mine");
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });

    assertThat(report.skipped())
        .singleElement()
        .satisfies(skipped -> assertThat(skipped.item().path()).isEqualTo(tree.path(SECOND)));
    assertThat(tree.path(SECOND + "/new")).hasContent("mine");
    assertThat(tree.path(THIRD)).doesNotExist();
  }

  private static void sleep() {
    try {
      Thread.sleep(LONGER_THAN_ANY_LOOK_IS_USED_MILLIS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
