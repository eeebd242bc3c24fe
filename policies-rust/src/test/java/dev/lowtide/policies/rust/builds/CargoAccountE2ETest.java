package dev.lowtide.policies.rust.builds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupListener;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the real cargo has built goes, and nothing with it that a person has put there: at a random
 * place lies something that they would miss, and no plan may hold it.
 */
class CargoAccountE2ETest {
  private static final int PLANTS = Integer.getInteger("lowtide.plants", 60) / 6;

  private static final List<String> POLICIES =
      List.of(
          "rust.target-stale",
          "rust.target-dir",
          "rust.target-orphan",
          "rust.incremental",
          "rust.doc");

  @TempDir static Path directory;
  private static CargoWorkspace workspace;
  private static Path target;
  private static List<Path> directories;

  @BeforeAll
  static void build() throws IOException {
    ChildProcess.assumeTool("cargo");
    workspace = CargoWorkspace.create(directory.toRealPath().resolve("ws"));
    workspace.buildAll();
    target = workspace.root().resolve("target");
    try (Stream<Path> all = Files.walk(target)) {
      directories = all.filter(path -> Files.isDirectory(path)).sorted().toList();
    }
  }

  /** In two months, so that all of it is old. */
  private CleanupPlan plan(String policy) throws IOException {
    return workspace
        .configured(policy)
        .clock(TestMachine.clockIn(Duration.ofDays(60)))
        .listener(CleanupListener.NONE)
        .build()
        .plan(workspace.target());
  }

  @Test
  void everythingGoesThatCargoHasMade() throws IOException {
    for (String policy : POLICIES) {
      CleanupPlan plan = plan(policy);

      assertThat(plan.refused())
          .as(policy)
          .filteredOn(refusal -> refusal.guard().equals("unexplained"))
          .isEmpty();
      if (!policy.equals("rust.target-orphan")) {
        assertThat(plan.items()).as(policy).isNotEmpty();
      }
    }
    assertThat(plan("rust.target-dir").items())
        .extracting(PlanItem::path)
        .contains(target.resolve("debug/deps"), target.resolve("debug/incremental"));
  }

  @Test
  void recordsStayAmongWhichOneWasRenamed() throws IOException {
    Path record;
    try (Stream<Path> records = Files.list(target.resolve("debug/.fingerprint"))) {
      record = records.sorted().findFirst().orElseThrow();
    }
    Path renamed = Files.move(record, record.resolveSibling(record.getFileName() + " (copy)"));
    try {
      assertThat(plan("rust.target-dir").items())
          .extracting(PlanItem::path)
          .doesNotContain(record.getParent());
    } finally {
      Files.move(renamed, record);
    }
  }

  /** One thing that a person would miss. */
  private interface Plant {
    Path in(Path directory, Random random) throws IOException;
  }

  private static final List<Plant> KINDS =
      List.of(
          (directory, random) -> write(directory.resolve("notes.txt")),
          (directory, random) -> write(directory.resolve("results.csv")),
          (directory, random) -> write(directory.resolve("thesis-0123456789abcdef.txt")),
          (directory, random) -> write(directory.resolve("main.rs")),
          (directory, random) -> old(write(directory.resolve("data.json"))),
          (directory, random) -> old(write(directory.resolve(".env"))),
          (directory, random) -> write(directory.resolve("clone/.git/HEAD")).getParent(),
          (directory, random) -> old(write(directory.resolve("plots/run-1/loss.dat"))),
          (directory, random) ->
              Files.createSymbolicLink(directory.resolve("latest"), Path.of("/var/data")));

  private static Path write(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "what only a person has");
  }

  private static Path old(Path file) throws IOException {
    return Files.setLastModifiedTime(
        file, FileTime.from(Instant.now().minus(Duration.ofDays(400))));
  }

  @Test
  void nothingIsRemovedWithAForeignFileInIt() throws IOException {
    long seed = Long.getLong("lowtide.seed", 42);
    Random random = new Random(seed);
    for (int i = 0; i < PLANTS; i++) {
      Path place = directories.get(random.nextInt(directories.size()));
      FileTime before = Files.getLastModifiedTime(place);
      Path planted = KINDS.get(i % KINDS.size()).in(place, random);
      for (String policy : POLICIES) {
        assertThat(plan(policy).items())
            .as("%s, plant %d of seed %d: %s", policy, i, seed, planted)
            .extracting(PlanItem::path)
            .noneMatch(planted::startsWith);
      }
      remove(place, planted);
      Files.setLastModifiedTime(place, before);
    }
  }

  private static void remove(Path place, Path planted) throws IOException {
    Path top = place.resolve(place.relativize(planted).getName(0));
    if (Files.isDirectory(top, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> all = Files.walk(top)) {
        all.sorted(Comparator.reverseOrder())
            .forEach(
                path -> {
                  try {
                    Files.delete(path);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
      }
    } else {
      Files.delete(top);
    }
  }
}
