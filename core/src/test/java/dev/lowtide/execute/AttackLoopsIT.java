package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;
import com.google.common.util.concurrent.Uninterruptibles;
import dev.lowtide.FileIdentity;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeRemover;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Removes a tree again and again while somebody exchanges directories as fast as the kernel lets
 * them, and counts the files outside of the tree that are lost: by Lowtide, and in the same run by
 * what many programs use.
 *
 * <p>A loop takes {@code -Dlowtide.attack.seconds}, 60 of them in the profile {@code attack}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AttackLoopsIT {
  private static final Duration LENGTH =
      Duration.ofSeconds(Long.getLong("lowtide.attack.seconds", 1));

  /** What is exchanged for what while {@code stage/parent/tree} is being removed. */
  enum Attack {
    A_DIRECTORY_IN_THE_TREE_AND_A_LINK("stage/parent/tree/child", "link"),
    THE_DIRECTORY_ABOVE_THE_TREE_AND_A_LINK("stage/parent", "link"),
    THE_TREE_AND_ANOTHER_DIRECTORY("stage/parent/tree", "canaries/tree");

    private final String victim;
    private final String substitute;

    Attack(String victim, String substitute) {
      this.victim = victim;
      this.substitute = substitute;
    }

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
  }

  private interface Removing {
    void remove(Path tree, FileIdentity planned) throws IOException;
  }

  /**
   * What removes.
   *
   * @param ours whether it must lose nothing; the others show that the attack works
   */
  private record Remover(String name, boolean ours, Removing removing) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final List<Remover> REMOVERS =
      List.of(
          new Remover("Lowtide, the best layer here", true, new TreeRemover(false)::remove),
          new Remover("Lowtide, portable", true, TreeRemover.portable()::remove),
          new Remover(
              "commons-io FileUtils.deleteDirectory",
              false,
              (tree, planned) -> FileUtils.deleteDirectory(tree.toFile())),
          new Remover(
              "Guava MoreFiles.deleteRecursively",
              false,
              (tree, planned) -> MoreFiles.deleteRecursively(tree)));

  static Stream<Arguments> loops() {
    return Stream.of(Attack.values())
        .flatMap(attack -> REMOVERS.stream().map(remover -> Arguments.of(attack, remover)));
  }

  /** What came of one loop. */
  private record Count(Attack attack, Remover remover, long attempts, long swaps, long lost) {}

  private final List<Count> counts = new ArrayList<>();

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("loops")
  void lowtideLosesNoCanary(Attack attack, Remover remover, @TempDir Path directory)
      throws Exception {
    Count count = new Loop(attack, remover, directory.toRealPath()).run();

    counts.add(count);
    assertThat(count.swaps()).isPositive();
    if (remover.ours()) {
      assertThat(count.lost()).as("canaries lost").isZero();
    }
  }

  @AfterAll
  void theOthersLoseSome() {
    System.out.printf("%nAttack loops of %d s each%n", LENGTH.toSeconds());
    String row = "%-40s %-38s %10s %10s %10s%n";
    System.out.printf(row, "exchanged", "removed by", "attempts", "exchanges", "lost");
    for (Count each : counts) {
      System.out.printf(
          row, each.attack(), each.remover(), each.attempts(), each.swaps(), each.lost());
    }
    assertThat(REMOVERS.stream().filter(remover -> !remover.ours()))
        .allSatisfy(
            remover ->
                assertThat(
                        counts.stream()
                            .filter(each -> each.remover().equals(remover))
                            .mapToLong(Count::lost)
                            .sum())
                    .as("canaries that %s has lost", remover)
                    .isPositive());
  }

  /** One tree, removed and planted again until the time is over. */
  private static final class Loop {
    private static final int FILES = 12;

    /** The files of the tree have the same names, and are empty. */
    private static final String CANARY = "canary";

    private final Attack attack;
    private final Remover remover;
    private final Path base;
    private final Path tree;
    private final Set<Path> canaries = new TreeSet<>();

    Loop(Attack attack, Remover remover, Path base) {
      this.attack = attack;
      this.remover = remover;
      this.base = base;
      this.tree = base.resolve("stage/parent/tree");
    }

    Count run() throws Exception {
      // Where a path that names a file of the tree leads after each exchange
      for (String place : new String[] {"", "tree", "tree/child", "tree/child/sub"}) {
        for (int i = 0; i < FILES; i++) {
          canaries.add(base.resolve("canaries").resolve(place).resolve("file-" + i));
        }
      }
      long attempts = 0;
      long lost = 0;
      try (Attacker attacker =
          new Attacker(
              base.resolve(attack.victim),
              base.resolve(attack.substitute),
              base.resolve("aside"))) {
        long end = System.nanoTime() + LENGTH.toNanos();
        while (System.nanoTime() < end) {
          plant();
          FileIdentity planned = Stat.of(tree).identity();
          attacker.begin();
          try {
            remover.removing().remove(tree, planned);
          } catch (IOException | RuntimeException e) {
            // refused, or it fell over what was exchanged; what counts is what is lost
          }
          attacker.pause();
          attempts++;
          lost += lost();
        }
        return new Count(attack, remover, attempts, attacker.swaps, lost);
      }
    }

    /** Wherever they are now: what is only somewhere else is not lost. */
    private long lost() throws IOException {
      long found = 0;
      try (Stream<Path> all = Files.walk(base)) {
        for (Path path : all.filter(Files::isRegularFile).toList()) {
          found += Files.size(path) == CANARY.length() ? 1 : 0;
        }
      }
      return canaries.size() - found;
    }

    private void plant() throws IOException {
      removeAll(base.resolve("stage"));
      removeAll(base.resolve("aside"));
      if (lost() != 0 || !canaries.stream().allMatch(Files::exists)) {
        removeAll(base.resolve("canaries"));
        for (Path canary : canaries) {
          Files.createDirectories(canary.getParent());
          Files.writeString(canary, CANARY);
        }
      }
      if (!Files.isSymbolicLink(base.resolve("link"))) {
        Files.createSymbolicLink(base.resolve("link"), base.resolve("canaries"));
      }
      for (String place : new String[] {"", "child", "child/sub"}) {
        Path directory = Files.createDirectories(tree.resolve(place));
        for (int i = 0; i < FILES; i++) {
          Files.createFile(directory.resolve("file-" + i));
        }
      }
    }

    private static void removeAll(Path top) throws IOException {
      if (Files.exists(top, LinkOption.NOFOLLOW_LINKS)) {
        try (Stream<Path> all = Files.walk(top)) {
          for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(path);
          }
        }
      }
    }
  }

  /** Puts a substitute in the place of a directory and takes it back, as fast as it can. */
  private static final class Attacker implements AutoCloseable {
    private final Path victim;
    private final Path substitute;
    private final Path aside;
    private final Thread thread = new Thread(this::attack, "attacker");
    private final Semaphore turn = new Semaphore(0);
    private final Semaphore begun = new Semaphore(0);
    private final Semaphore paused = new Semaphore(0);
    private volatile boolean attacking;
    private volatile boolean over;
    private long swaps;

    Attacker(Path victim, Path substitute, Path aside) {
      this.victim = victim;
      this.substitute = substitute;
      this.aside = aside;
      thread.start();
    }

    void begin() {
      attacking = true;
      turn.release();
      begun.acquireUninterruptibly();
    }

    /** Returns when everything is back in its place, as far as it is there. */
    void pause() {
      attacking = false;
      paused.acquireUninterruptibly();
    }

    private void attack() {
      for (turn.acquireUninterruptibly(); !over; turn.acquireUninterruptibly()) {
        begun.release();
        while (attacking) {
          exchange();
        }
        paused.release();
      }
    }

    private void exchange() {
      if (move(victim, aside)) {
        if (move(substitute, victim)) {
          swaps++;
          move(victim, substitute);
        }
        move(aside, victim);
      }
    }

    private static boolean move(Path from, Path to) {
      try {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        return true;
      } catch (IOException e) {
        return false; // it, or the directory that it goes to, is gone
      }
    }

    @Override
    public void close() {
      over = true;
      turn.release();
      Uninterruptibles.joinUninterruptibly(thread);
    }
  }
}
