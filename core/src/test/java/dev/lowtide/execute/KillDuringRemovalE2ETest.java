package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupListener.Kind;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kills processes with SIGKILL, at random times, while they remove several trees: {@code
 * -Dlowtide.kills} of them for each test, 4 if that is not set. What is killed and the run after it
 * take turns to do without the native layer, each with each.
 */
class KillDuringRemovalE2ETest {
  private static final int KILLS = Integer.getInteger("lowtide.kills", 4);
  private static final int TREES = 6;
  private static final int FILES = 80;
  private static final Set<Kind> STEPS = Set.of(Kind.REMOVING, Kind.REMOVED);
  private static final Duration LONGEST_MOVE = Duration.ofMillis(5);
  private static final Duration LONGEST_LOOK = Duration.ofMillis(300);
  private static final String[] NAMES =
      IntStream.range(0, TREES).mapToObj(i -> "t" + i).toArray(String[]::new);

  /** A tree in the quarantine, and what is in it; not its record. */
  private static final Pattern KEPT =
      Pattern.compile("\\.lowtide-trash[^/]*/([0-9a-f]+\\.[0-9]+-[^/]*)(/.*)?");

  @TempDir Path directory;

  private final Random random = new Random();
  private TestTree tree;
  private int atWork;
  private int whole;
  private int absent;
  private int quarantined;
  private int partial;

  private static LowtideBuilder lowtide(Path root, TestPolicy policy, CleanupListener listener) {
    String home = root.resolveSibling("home").toString();
    return Lowtide.builder()
        .policy(policy)
        .host(HostEnvironment.of(OperatingSystem.LINUX, root.getFileSystem(), Map.of(), home, home))
        .listener(listener);
  }

  private static CleanupTarget workspace(Path root) {
    return CleanupTarget.of("workspace", root);
  }

  private static final CleanupListener SAYS =
      event -> {
        if (STEPS.contains(event.kind())) {
          System.out.println(event.kind());
        }
      };

  /** Wants more free than the file system has, so that it removes all that it may. */
  static final class Guarding {
    public static void main(String[] args) throws Exception {
      Path root = Path.of(args[0]);
      Lowtide lowtide =
          lowtide(root, TestPolicy.deleting(NAMES), SAYS)
              .goal(SpaceGoal.NONE.untilFree("100%"))
              .build();
      try (SpaceGuard guard =
          new SpaceGuard(lowtide, List.of(workspace(root)), SpaceGuard.Listener.NONE)) {
        System.out.println("ready");
        guard.start();
        TimeUnit.MINUTES.sleep(1);
      }
    }
  }

  /** Says when it begins to remove, and what it does. */
  static final class Victim {
    public static void main(String[] args) throws IOException {
      Path root = Path.of(args[0]);
      Lowtide lowtide =
          lowtide(root, TestPolicy.deleting(NAMES), SAYS).undoFor(Duration.parse(args[1])).build();
      CleanupPlan plan = lowtide.plan(workspace(root));
      System.out.println("ready");
      lowtide.apply(plan).orThrow();
      System.out.println("done");
    }
  }

  /** A run that has nothing to remove itself. */
  static final class Next {
    public static void main(String[] args) throws IOException {
      Path root = Path.of(args[0]);
      Lowtide next = lowtide(root, TestPolicy.deleting(), CleanupListener.NONE).build();
      next.apply(next.plan(workspace(root))).orThrow();
      if (Boolean.parseBoolean(args[1])) {
        for (Trash.Item item : next.trash().list(List.of(root)).items()) {
          assertThat(next.trash().restore(item, Optional.empty()).reason()).isEmpty();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {Victim.class, Guarding.class})
  void whatAKilledProcessRemovedIsWholeOrAbsentAndTheNextRunEndsIt(Class<?> victim)
      throws Exception {
    for (int i = 0; i < KILLS; i++) {
      Map<String, String> before = plant();
      killOnce(victim, Duration.ZERO, isPortable(i));

      Map<String, String> after = withoutQuarantine();
      Map<String, String> expected = expected(before, after);
      assertThat(after).isEqualTo(expected);

      next(i, false);
      assertThat(tree.fingerprint()).isEqualTo(expected);
    }
    report("removal by " + victim.getSimpleName());
  }

  @Test
  void whatAKilledProcessRemovedUndoablyCanAllBeHadBack() throws Exception {
    for (int i = 0; i < KILLS; i++) {
      Map<String, String> before = plant();
      killOnce(Victim.class, Duration.ofDays(1), isPortable(i));

      Map<String, String> after = withoutQuarantine();
      assertThat(after).isEqualTo(expected(before, after));

      next(i, true);
      assertThat(tree.fingerprint()).isEqualTo(before);
    }
    report("undoable removal");
  }

  private static boolean isPortable(int kill) {
    return kill % 2 == 1;
  }

  /** In a machine of its own where it does without the layer that this one has. */
  private void next(int kill, boolean restore) throws Exception {
    if (kill / 2 % 2 == 0) {
      Next.main(new String[] {tree.root().toString(), Boolean.toString(restore)});
      return;
    }
    Process next = ChildProcess.startPortableJava(Next.class, tree.root(), restore);
    String said = new String(next.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(next.waitFor()).as(said).isZero();
  }

  private void report(String what) {
    System.out.printf(
        "%d kills during %s, %d while a tree was in the quarantine; of the trees %d whole and %d"
            + " absent in their places, %d in the quarantine, %d of them in part%n",
        KILLS, what, atWork, whole, absent, quarantined, partial);
    if (KILLS >= 100) { // of a few, all may come too early or too late
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
   * Runs a victim and kills it a random moment after one of the things it does: moving each tree,
   * looking at the processes of the machine, and removing each.
   *
   * @param portable whether the victim does without the native layer
   */
  private void killOnce(Class<?> main, Duration undoFor, boolean portable) throws Exception {
    // What one layer has left, the other one must know
    Process victim =
        portable
            ? ChildProcess.startPortableJava(main, tree.root(), undoFor)
            : ChildProcess.startJava(main, tree.root(), undoFor);
    try (BufferedReader output = victim.inputReader()) {
      int after = random.nextInt(2 * TREES + 1);
      assertThat(output.readLine()).isEqualTo("ready");
      for (int i = 0; i < after; i++) {
        assertThat(output.readLine()).isIn(STEPS.stream().map(Enum::name).toList());
      }
      Duration longest = after == TREES ? LONGEST_LOOK : LONGEST_MOVE;
      TimeUnit.NANOSECONDS.sleep((long) (random.nextDouble() * longest.toNanos()));
    } finally {
      victim.destroyForcibly().waitFor();
    }
  }

  private static boolean isInQuarantine(String path) {
    return path.startsWith(".lowtide-trash");
  }

  private Map<String, String> withoutQuarantine() {
    Map<String, String> all = tree.fingerprint();
    Map<String, Integer> files = new TreeMap<>();
    for (String path : all.keySet()) {
      Matcher kept = KEPT.matcher(path);
      if (kept.matches()) {
        files.merge(kept.group(1), path.matches(".*/f[0-9]+") ? 1 : 0, Integer::sum);
      }
    }
    atWork += files.isEmpty() ? 0 : 1;
    quarantined += files.size();
    partial += (int) files.values().stream().filter(count -> count < FILES).count();
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
