package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.Problem;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * What a removal does when somebody meddles in the very moment that matters: a {@link Meddler} is
 * called before each operation on a directory.
 */
abstract class RemovalContract {
  private TestTree tree;

  /** An empty directory to which no symbolic link leads; called once for each test. */
  abstract Path emptyDirectory() throws IOException;

  OpenDirectory open(Path directory) throws IOException {
    return OpenDirectory.openAt(directory, false);
  }

  final TestTree tree() throws IOException {
    if (tree == null) {
      tree = TestTree.in(emptyDirectory());
    }
    return tree;
  }

  /** Somebody who knows what is about to be done. */
  interface Meddler {
    /**
     * @param operation the method of {@link OpenDirectory}
     * @param directory the last name of the directory
     * @param name the name that it is about, or nothing
     */
    void before(String operation, String directory, String name) throws Exception;
  }

  /** Removes the directory {@code v} of the tree. */
  final TreeRemover.Result remove(Meddler meddler) throws IOException {
    Path victim = tree().path("v");
    try (OpenDirectory parent = open(tree().root())) {
      FileStatus found = parent.stat(victim.getFileName());
      return new Removal(watched(parent, "", meddler), victim, found, false).run();
    }
  }

  private static OpenDirectory watched(OpenDirectory real, String own, Meddler meddler) {
    return (OpenDirectory)
        Proxy.newProxyInstance(
            OpenDirectory.class.getClassLoader(),
            new Class<?>[] {OpenDirectory.class},
            (proxy, method, arguments) -> {
              boolean named = arguments != null && arguments[0] instanceof Path;
              String name = named ? arguments[0].toString() : "";
              if (method.getDeclaringClass() == OpenDirectory.class) {
                meddler.before(method.getName(), own, name);
              }
              try {
                Object result = method.invoke(real, arguments);
                return result instanceof OpenDirectory opened
                    ? watched(opened, name, meddler)
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Meddler once(String operation, String name, Meddler meddler) {
    AtomicBoolean done = new AtomicBoolean();
    return (operationNow, directory, nameNow) -> {
      if (operation.equals(operationNow)
          && name.equals(nameNow)
          && done.compareAndSet(false, true)) {
        meddler.before(operationNow, directory, nameNow);
      }
    };
  }

  private void move(String from, String to) throws IOException {
    Files.move(tree().path(from), tree().path(to));
  }

  @Test
  void givesUpOnADirectoryToWhichAnotherProcessKeepsAdding() throws IOException {
    tree().file("v/busy/file").file("v/other/file");
    AtomicInteger added = new AtomicInteger();

    TreeRemover.Result result =
        remove(
            (operation, directory, name) -> {
              if (operation.equals("deleteDirectory") && name.equals("busy")) {
                Files.createFile(tree().path("v/busy/" + added.incrementAndGet()));
              }
            });

    assertThat(added).hasValue(3);
    assertThat(result.failures()).isEqualTo(1);
    assertThat(result.problems())
        .containsExactly(new Problem(tree().path("v/busy"), "remove", "directory not empty"));
    assertThat(tree().names()).containsExactly("v", "v/busy", "v/busy/3");
  }

  /** As where positions in a directory shift while names go, so that each pass misses a part. */
  @Test
  void readsADirectoryAgainAsLongAsEachPassRemovesMuch() throws IOException {
    tree().file("v/busy/file");
    AtomicInteger passes = new AtomicInteger();

    TreeRemover.Result result =
        remove(
            (operation, directory, name) -> {
              if (operation.equals("deleteDirectory")
                  && name.equals("busy")
                  && passes.incrementAndGet() <= 5) {
                for (int i = 0; i < OpenDirectory.BATCH_NAMES; i++) {
                  Files.createFile(tree().path("v/busy/" + i));
                }
              }
            });

    assertThat(result.failures()).isZero();
    assertThat(tree().names()).isEmpty();
  }

  @Test
  void triesADirectoryAgainToWhichAnotherProcessHasAdded() throws IOException {
    tree().file("v/busy/file");

    TreeRemover.Result result =
        remove(once("deleteDirectory", "busy", (o, d, n) -> tree().file("v/busy/sub/late")));

    assertThat(result.failures()).isZero();
    assertThat(tree().names()).isEmpty();
  }

  @Test
  void leavesADirectoryThatWasRescuedInTheMiddle() throws IOException {
    tree().file("v/rescued/file").file("v/rescued/sub/file").file("v/other/file");

    TreeRemover.Result result =
        remove(
            (operation, directory, name) -> {
              if (operation.equals("statSelf") && directory.equals("rescued")) {
                move("v/rescued", "rescued");
              }
            });

    assertThat(tree().names())
        .containsExactly("rescued", "rescued/file", "rescued/sub", "rescued/sub/file", "v");
    assertThat(result.failures()).isEqualTo(1);
    assertThat(result.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "cannot remove "
                + tree().path("v/rescued")
                + ": another program moved it away meanwhile");
  }

  @Test
  void leavesWhatLiesBelowADirectoryThatWasRescued() throws IOException {
    tree().file("v/rescued/sub/file").file("v/rescued/sub/other/file");

    TreeRemover.Result result =
        remove(once("open", "sub", (o, d, n) -> move("v/rescued", "rescued")));

    assertThat(tree().has("rescued/sub/file")).isTrue();
    assertThat(tree().has("rescued/sub/other/file")).isTrue();
    assertThat(result.failures()).isEqualTo(1);
  }

  @Test
  void doesNotComeBackByAnotherWayThanItWentDown() throws IOException {
    tree().chain("v", 40).file("elsewhere/canary");
    String deep = "v" + "/d".repeat(12);

    TreeRemover.Result result =
        remove(once("openParent", "", (o, d, n) -> move(deep, "elsewhere/rescued")));

    assertThat(result.failures()).isEqualTo(1);
    assertThat(result.problems())
        .extracting(Problem::path)
        .allMatch(path -> path.startsWith(tree.path("v" + "/d".repeat(8))));
    assertThat(tree().names()).contains("elsewhere/canary", "elsewhere/rescued", "v");
  }

  @Test
  void leavesAnotherDirectoryThatTakesTheNameOfOneThatWasSeen() throws IOException {
    tree().file("v/child/file").file("other/canary").directory("aside");

    TreeRemover.Result result =
        remove(
            once(
                "open",
                "child",
                (o, d, n) -> {
                  move("v/child", "aside/child");
                  move("other", "v/child");
                }));

    assertThat(tree().names())
        .containsExactly(
            "aside", "aside/child", "aside/child/file", "v", "v/child", "v/child/canary");
    assertThat(result.failures()).isEqualTo(1);
    assertThat(result.problems())
        .extracting(Problem::message)
        .containsExactly("child was replaced by something else");
  }

  @Test
  void leavesAFileThatTakesTheNameOfADirectoryThatWasSeen() throws IOException {
    tree().file("v/child/file").directory("aside");

    TreeRemover.Result result =
        remove(
            once(
                "open",
                "child",
                (o, d, n) -> {
                  move("v/child", "aside/child");
                  tree().file("v/child");
                }));

    assertThat(tree().names())
        .containsExactly("aside", "aside/child", "aside/child/file", "v", "v/child");
    assertThat(result.failures()).isEqualTo(1);
  }

  @Test
  void leavesWhatALinkLeadsToThatTakesTheNameOfADirectoryThatWasSeen() throws IOException {
    tree().file("v/child/file").file("other/canary").directory("aside");
    Map<String, String> canaries = TestTree.in(tree().path("other")).fingerprint();

    TreeRemover.Result result =
        remove(
            once(
                "open",
                "child",
                (o, d, n) -> {
                  move("v/child", "aside/child");
                  tree().link("v/child", "../other");
                }));

    assertThat(TestTree.in(tree().path("other")).fingerprint()).isEqualTo(canaries);
    assertThat(result.failures()).isEqualTo(1);
  }

  @Test
  void leavesAnotherTreeThatTakesTheNameOfTheRootWhenItIsReadAgain() throws IOException {
    tree().file("v/file").file("other/canary").directory("aside");

    TreeRemover.Result result =
        remove(
            once(
                "deleteDirectory",
                "v",
                (o, d, n) -> {
                  move("v", "aside/v");
                  move("other", "v");
                }));

    assertThat(tree().has("v/canary")).isTrue();
    assertThat(result.failures()).isEqualTo(1);
  }

  @Test
  void whatIsGoneMeanwhileIsNoFailure() throws IOException {
    tree().file("v/seen/file").directory("v/emptied").file("v/file");

    TreeRemover.Result result =
        remove(
            (operation, directory, name) -> {
              if (operation.equals("open") && name.equals("seen")) {
                Files.delete(tree().path("v/seen/file"));
                Files.delete(tree().path("v/seen"));
              } else if (operation.equals("deleteDirectory") && name.equals("emptied")) {
                Files.delete(tree().path("v/emptied"));
              }
            });

    assertThat(result.failures()).isZero();
    assertThat(result.removed()).isEqualTo(2);
    assertThat(tree().names()).isEmpty();
  }

  @Test
  void anInterruptInTheMiddleEndsTheRemoval() throws IOException {
    for (int i = 0; i < 50; i++) {
      tree().file("v/" + i + "/sub/file").file("v/" + i + "/file");
    }
    Thread caller = Thread.currentThread();
    AtomicBoolean first = new AtomicBoolean(true);

    assertThatThrownBy(
            () ->
                remove(
                    (operation, directory, name) -> {
                      if (operation.equals("open")
                          && name.equals("sub")
                          && first.getAndSet(false)) {
                        caller.interrupt();
                      }
                    }))
        .isInstanceOf(InterruptedIOException.class)
        .hasMessageContaining(tree().path("v").toString());

    assertThat(Thread.interrupted()).isTrue();
    assertThat(tree().has("v")).isTrue();
  }
}
