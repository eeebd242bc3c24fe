package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills processes with SIGKILL, at random times, while they remove several trees: {@code
 * -Dlowtide.kills} of them for each test, 10 if that is not set.
 */
class KillDuringRemovalE2ETest {
  private static final int KILLS = Integer.getInteger("lowtide.kills", 10);
  private static final int TREES = 6;
  private static final int FILES = 80;
  private static final String[] NAMES =
      IntStream.range(0, TREES).mapToObj(i -> "t" + i).toArray(String[]::new);

  @TempDir Path directory;

  private final Random random = new Random();
  private TestTree tree;
  private int atWork;
  private int whole;
  private int absent;

  private static Lowtide lowtide(Path root, TestPolicy policy, Duration undoFor) {
    String home = root.resolveSibling("home").toString();
    return Lowtide.builder()
        .policy(policy)
        .host(
            HostEnvironment.of(
                HostEnvironment.OperatingSystem.LINUX, root.getFileSystem(), Map.of(), home, home))
        .listener(CleanupListener.NONE)
        .undoFor(undoFor)
        .build();
  }

  private static CleanupTarget workspace(Path root) {
    return CleanupTarget.of("workspace", root);
  }

  /** Says when it begins to remove, and when it has ended. */
  static final class Victim {
    public static void main(String[] args) throws IOException {
      Path root = Path.of(args[0]);
      Lowtide lowtide = lowtide(root, TestPolicy.deleting(NAMES), Duration.parse(args[1]));
      CleanupPlan plan = lowtide.plan(workspace(root));
      System.out.println("ready");
      lowtide.apply(plan).orThrow();
      System.out.println("done");
    }
  }

  @Test
  void whatAKilledProcessRemovedIsWholeOrAbsentAndTheNextRunEndsIt() throws Exception {
    long usual = killOnce(Duration.ZERO, Long.MAX_VALUE, false);
    for (int i = 0; i < KILLS; i++) {
      Map<String, String> before = plant();
      killOnce(Duration.ZERO, (long) (random.nextDouble() * usual), i % 2 == 1);

      Map<String, String> after = withoutQuarantine();
      Map<String, String> expected = expected(before, after);
      assertThat(after).isEqualTo(expected);

      // A run that has nothing to remove itself
      Lowtide next = lowtide(tree.root(), TestPolicy.deleting(), Duration.ZERO);
      next.apply(next.plan(workspace(tree.root()))).orThrow();
      assertThat(tree.fingerprint()).isEqualTo(expected);
    }
    report("removal");
  }

  @Test
  void whatAKilledProcessRemovedUndoablyCanAllBeHadBack() throws Exception {
    long usual = killOnce(Duration.ofDays(1), Long.MAX_VALUE, false);
    for (int i = 0; i < KILLS; i++) {
      Map<String, String> before = plant();
      killOnce(Duration.ofDays(1), (long) (random.nextDouble() * usual), i % 2 == 1);

      Map<String, String> after = withoutQuarantine();
      assertThat(after).isEqualTo(expected(before, after));

      Lowtide next = lowtide(tree.root(), TestPolicy.deleting(), Duration.ZERO);
      next.apply(next.plan(workspace(tree.root()))).orThrow();
      for (Trash.Item item : next.trash().list(List.of(tree.root())).items()) {
        assertThat(next.trash().restore(item, Optional.empty()).reason()).isEmpty();
      }
      assertThat(tree.fingerprint()).isEqualTo(before);
    }
    report("undoable removal");
  }

  private void report(String what) {
    System.out.printf(
        "%d kills during %s: %d while a tree was in the quarantine; of the trees %d whole,"
            + " %d absent, 0 in part%n",
        KILLS, what, atWork, whole, absent);
    if (KILLS >= 10) {
      assertThat(whole).as("trees that a killed process had not reached").isPositive();
      assertThat(absent).as("trees that a killed process had reached").isPositive();
      assertThat(atWork).as("kills in the middle").isPositive();
    }
  }

  private Map<String, String> plant() throws IOException {
    Path root = Files.createTempDirectory(directory.toRealPath(), "kill").resolve("w");
    tree = TestTree.in(Files.createDirectory(root)).file("canary/a/b").link("canary/t0", "../t0");
    for (String name : NAMES) {
      for (int i = 0; i < FILES; i++) {
        tree.file(name + "/d" + i % 5 + "/e/f" + i);
      }
    }
    return tree.fingerprint();
  }

  /**
   * Runs a victim and kills it so long after it has begun.
   *
   * @param portable whether the victim does without the native layer
   * @return how long it took, in nanoseconds
   */
  private long killOnce(Duration undoFor, long nanos, boolean portable) throws Exception {
    if (tree == null) {
      plant();
    }
    // What one layer has left, the other one must know
    Process victim =
        portable
            ? ChildProcess.startPortableJava(Victim.class, tree.root(), undoFor)
            : ChildProcess.startJava(Victim.class, tree.root(), undoFor);
    try (BufferedReader output = victim.inputReader()) {
      String line = output.readLine();
      long begin = System.nanoTime();
      assertThat(line).isEqualTo("ready");
      if (nanos == Long.MAX_VALUE) {
        assertThat(output.readLine()).isEqualTo("done");
      } else {
        TimeUnit.NANOSECONDS.sleep(nanos);
      }
      return System.nanoTime() - begin;
    } finally {
      victim.destroyForcibly().waitFor();
    }
  }

  private static boolean isInQuarantine(String path) {
    return path.startsWith(".lowtide-trash");
  }

  private Map<String, String> withoutQuarantine() {
    Map<String, String> all = tree.fingerprint();
    if (all.keySet().stream()
        .anyMatch(path -> path.matches("\\.lowtide-trash[^/]*/[0-9a-f]+\\..*"))) {
      atWork++;
    }
    all.keySet().removeIf(KillDuringRemovalE2ETest::isInQuarantine);
    return all;
  }

  /** What was there, without the trees of which nothing at all is there now. */
  private Map<String, String> expected(Map<String, String> before, Map<String, String> after) {
    Map<String, String> expected = new TreeMap<>(before);
    for (String name : NAMES) {
      if (after.keySet().stream().anyMatch(path -> isIn(name, path))) {
        whole++;
      } else {
        absent++;
        expected.keySet().removeIf(path -> isIn(name, path));
      }
    }
    return expected;
  }

  private static boolean isIn(String name, String path) {
    return path.equals(name) || path.startsWith(name + "/");
  }
}
