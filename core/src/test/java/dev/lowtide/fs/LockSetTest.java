package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.LockHolder;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LockSetTest {
  @TempDir Path temporary;
  private TestTree tree;
  private Path item;
  private Path lock;

  /** Writes down what is taken and let go, as a lock that nobody else wants. */
  private final List<String> log = new ArrayList<>();

  private final Flock recording =
      file -> {
        log.add("+" + file.getFileName());
        return Optional.of(() -> log.add("-" + file.getFileName()));
      };

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(temporary.toRealPath()).file("item").file("lock").file("other");
    item = tree.path("item");
    lock = tree.path("lock");
  }

  private LockSet recordingSet() {
    return new LockSet(Optional.of(recording), Optional.empty());
  }

  @Test
  void holdsTheLocksOfAllItemsOnceEachUntilAllAreReleased() throws IOException {
    try (LockSet locks = recordingSet()) {
      for (int i = 0; i < 3; i++) {
        assertThat(locks.hold(item, List.of(lock))).isEmpty();
      }
      assertThat(locks.hold(item, List.of(tree.path("other")))).isEmpty();
      assertThat(log).containsExactly("+lock", "+other");

      locks.releaseAll();
      assertThat(log).containsExactly("+lock", "+other", "-lock", "-other");
    }
  }

  @Test
  void tryingOneLockLetsGoOfNoOther() throws IOException {
    try (LockSet locks = recordingSet()) {
      locks.hold(item, List.of(lock));

      assertThat(locks.checkFree(item, tree.path("other"))).isEmpty();
      assertThat(log).containsExactly("+lock", "+other", "-other");
    }
  }

  @Test
  void triesALockAndLetsGoOfItAtOnce() throws IOException {
    try (LockSet locks = recordingSet()) {
      assertThat(locks.checkFree(item, lock)).isEmpty();

      assertThat(log).containsExactly("+lock", "-lock");
    }
  }

  @Test
  void aLockThatCannotBeHadIsBusyThoughTheTableDoesNotShowIt() throws IOException {
    try (LockSet locks = new LockSet(Optional.of(file -> Optional.empty()), Optional.empty())) {
      assertThat(locks.checkFree(item, lock))
          .hasValueSatisfying(contains("holds the lock " + lock));
    }
  }

  @Test
  void takesALockAnewWhoseFileWasReplaced() throws IOException {
    try (LockSet locks = recordingSet()) {
      locks.hold(item, List.of(lock));
      tree.file("new");
      Files.move(tree.path("new"), lock, java.nio.file.StandardCopyOption.REPLACE_EXISTING);

      assertThat(locks.hold(item, List.of(lock))).isEmpty();
    }

    assertThat(log).containsExactly("+lock", "-lock", "+lock", "-lock");
  }

  @Test
  void aFileThatIsReplacedWhileItIsTakenIsNotHeld() throws IOException {
    tree.file("new");
    Flock slow =
        file -> {
          Files.move(tree.path("new"), file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
          return Optional.of(() -> {});
        };
    try (LockSet locks = new LockSet(Optional.of(slow), Optional.empty())) {
      assertThat(locks.hold(item, List.of(lock))).hasValueSatisfying(contains("replaced just now"));
    }
  }

  @Test
  void aLockFileThatIsGoneKeepsNobodyOut() throws IOException {
    Files.delete(lock);

    try (LockSet locks = recordingSet()) {
      assertThat(locks.hold(item, List.of(lock))).hasValueSatisfying(contains(lock + " is gone"));
    }
    assertThat(log).isEmpty();
  }

  @Test
  void whatIsNoRegularFileOfOursIsNoLockFile() throws IOException {
    tree.link("link", "lock").directory("directory").directory("d").link("way", "d").file("d/lock");
    try (LockSet locks = recordingSet()) {
      assertThat(locks.hold(item, List.of(tree.path("link"))))
          .hasValueSatisfying(contains("not a regular file"));
      assertThat(locks.hold(item, List.of(tree.path("directory"))))
          .hasValueSatisfying(contains("not a regular file"));
      assertThat(locks.hold(item, List.of(tree.path("way/lock"))))
          .hasValueSatisfying(contains("its path contains a symbolic link"));
    }
    assertThat(log).isEmpty();
  }

  @Test
  void aLockFileOfAnotherUserIsNotTakenButForAnItemOfThatUser() throws IOException {
    assumeThat(Stat.currentUser()).as("only root can give files away").isZero();
    Files.setAttribute(lock, "unix:uid", 65534);
    try (LockSet locks = recordingSet()) {
      assertThat(locks.hold(item, List.of(lock)))
          .hasValueSatisfying(contains("it belongs to user 65534"));

      Files.setAttribute(item, "unix:uid", 65534);
      assertThat(locks.hold(item, List.of(lock))).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void theTableOfLocksTellsWhoHoldsOneOfAnyKind(LockHolder kind) throws IOException {
    assumeThat(LockTable.read().covers(Stat.of(lock))).as("a table of all locks").isTrue();
    try (Running other = kind.hold(lock);
        LockSet locks = new LockSet(Optional.empty(), Optional.empty())) {
      assertThat(locks.hold(item, List.of(lock)))
          .hasValueSatisfying(contains("(pid " + other.pid() + ") holds the lock " + lock));
      assertThat(LockSet.findHolder(lock)).isPresent();
    }
    try (LockSet locks = new LockSet(Optional.empty(), Optional.empty())) {
      assertThat(locks.hold(item, List.of(lock))).isEmpty();
      assertThat(LockSet.findHolder(lock)).isEmpty();
    }
  }

  @Test
  void aLockThatNobodyCanDecideIsNotHeld() throws IOException {
    Flock broken =
        file -> {
          throw new IOException("no locks on this file system");
        };
    try (LockSet locks = new LockSet(Optional.of(broken), Optional.empty())) {
      assertThat(locks.hold(item, List.of(lock)))
          .hasValueSatisfying(contains("is unknown: no locks on this file system"));
    }
  }

  @Test
  void inMemoryNobodyElseHoldsLocks() throws IOException {
    TestTree memory = TestTree.inMemory().file("item").file("lock");
    try (LockSet locks = recordingSet()) {
      assertThat(locks.hold(memory.path("item"), List.of(memory.path("lock")))).isEmpty();
      assertThat(locks.hold(memory.path("item"), List.of(memory.path("missing")))).isPresent();
    }
    assertThat(log).isEmpty();
  }

  private static java.util.function.Consumer<String> contains(String words) {
    return text -> assertThat(text).contains(words);
  }
}
