package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The history of runs, and what {@code history} and {@code doctor} say about it. */
class HistoryTest {
  private static final long GB = 1_000_000_000L;

  private @TempDir Path directory;
  private TestTree tree;
  private HostEnvironment host;
  private String root;
  private Path file;

  @BeforeEach
  void makeTree() throws IOException {
    SampleWorkspace workspace = SampleWorkspace.in(directory);
    tree = workspace.tree();
    host = workspace.host();
    root = workspace.root();
    file = tree.path("home/.local/state/lowtide/history.jsonl");
  }

  private CommandLineRun lowtide(String... arguments) {
    return CommandLineRun.of(host, arguments);
  }

  private CommandLineRun clean(String... more) {
    List<String> all = new ArrayList<>(List.of("clean", "--yes", "--root", root));
    all.addAll(List.of(more));
    return lowtide(all.toArray(String[]::new));
  }

  private JsonObject history() {
    CommandLineRun run = lowtide("history", "--json");
    assertThat(run.exit()).isZero();
    return run.json();
  }

  /** Writes runs, the last one an hour ago, with this many free gigabytes after each. */
  private void runs(Duration between, long... gigabytes) {
    Instant last = Instant.now().truncatedTo(ChronoUnit.SECONDS).minusSeconds(3600);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < gigabytes.length; i++) {
      text.append("{\"time\":\"")
          .append(last.minus(between.multipliedBy(gigabytes.length - 1 - i)))
          .append("\",\"command\":\"clean\",\"freed\":{},\"volumes\":[{\"name\":\"/d (disk)\",")
          .append("\"freeBytes\":")
          .append(gigabytes[i] * GB)
          .append(",\"totalBytes\":")
          .append(500 * GB)
          .append("}]}\n");
    }
    tree.file("home/.local/state/lowtide/history.jsonl", text.toString());
  }

  private String doctor() {
    return lowtide("doctor", "--min-free", "1KiB").out();
  }

  @Test
  void everyRunThatMayRemoveIsALine() throws IOException {
    clean("--dry-run");
    assertThat(file).doesNotExist();

    clean("--keep", "b");
    lowtide("guard", "--once", "--root", root, "--min-free", "1kB");

    assertThat(Files.readAllLines(file)).hasSize(2);
    JsonObject first = history().getAsJsonArray("runs").get(0).getAsJsonObject();
    assertThat(first.get("command").getAsString()).isEqualTo("clean");
    assertThat(first.get("freedBytes").getAsLong()).isGreaterThanOrEqualTo(8192);
    assertThat(first.getAsJsonArray("policies").get(0).getAsJsonObject().get("policy"))
        .hasToString("\"sample.out\"");
    assertThat(first.getAsJsonArray("volumes")).hasSize(1);
    assertThat(lowtide("history").out()).contains("sample.out", "Freed since ", " in 2 runs");
  }

  @Test
  void whereNothingWasFreedYetItSaysSo() {
    assertThat(lowtide("history").out()).startsWith("No run is recorded yet");
    assertThat(history().getAsJsonArray("runs")).isEmpty();
  }

  @Test
  void isAsTheSchemaSays() throws IOException {
    runs(Duration.ofDays(1), 60, 50, 40, 30, 20);
    clean();

    Schemas.assertValid("history", lowtide("history", "--json").out());
  }

  @Test
  void linesThatAreNoneAreLeftOutAndSaid() throws IOException {
    clean("--keep", "b");
    String line = Files.readString(file);
    Files.writeString(
        file, line + "{\"time\":\n[[[[[[\nnull\n{}\n" + line.replace("\"20", "\"x20"));

    CommandLineRun run = lowtide("history");

    assertThat(run.exit()).isZero();
    assertThat(run.err()).contains("5 lines of " + file + " cannot be read");
    assertThat(history().getAsJsonArray("runs")).hasSize(1);
  }

  @Test
  void theOldestLinesGoWhereItBecomesLarge() throws IOException {
    clean("--keep", "b");
    String line = Files.readString(file);
    String old = line.replaceAll("\"time\":\"[^\"]*\"", "\"time\":\"2020-01-01T00:00:00Z\"");
    Files.writeString(file, old.repeat(History.MAX_BYTES / old.length()));

    clean("--keep", "b");

    List<String> lines = Files.readAllLines(file);
    assertThat(Files.size(file)).isLessThanOrEqualTo(History.MAX_BYTES);
    assertThat(lines.get(0)).contains("2020-01-01");
    assertThat(lines.get(lines.size() - 1)).doesNotContain("2020-01-01");
  }

  @Test
  void noRunFailsBecauseOfAPipeALinkOrADirectoryInItsPlace() throws IOException {
    Files.createDirectories(file.getParent());
    tree.file("mine", "mine");
    for (String make : List.of("mkfifo", "ln -s " + tree.path("mine"), "mkdir")) {
      String[] argv = (make + " " + file).split(" ");
      ChildProcess.run(tree.root(), argv);

      CommandLineRun run = clean("--keep", "b");

      assertThat(run.exit()).as(make).isZero();
      assertThat(run.err()).as(make).contains("This run is not recorded in " + file);
      assertThat(lowtide("history").exit()).as(make).isEqualTo(Program.USAGE);
      assertThat(doctor()).as(make).doesNotContain("host.disk-fills");
      ChildProcess.run(tree.root(), "rm", "-r", file.toString());
    }
    assertThat(Files.readString(tree.path("mine"))).isEqualTo("mine");
  }

  @Test
  void noHomeDirectoryIsMadeForIt() throws IOException {
    HostEnvironment homeless =
        HostEnvironment.of(
            OperatingSystem.LINUX,
            tree.root().getFileSystem(),
            Map.of(),
            tree.path("none").toString(),
            tree.path("tmp").toString());

    CommandLineRun run = CommandLineRun.of(homeless, "clean", "--yes", "--root", root);

    assertThat(run.exit()).isZero();
    assertThat(run.err()).doesNotContain("WARN");
    assertThat(tree.has("none")).isFalse();
  }

  @Test
  void noneOfManyRunsAtOnceLosesTheLineOfAnother() throws Exception {
    List<Thread> threads =
        IntStream.range(0, 6)
            .mapToObj(i -> new Thread(() -> clean("--keep", "a", "--keep", "b")))
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(Files.readAllLines(file)).hasSize(6);
  }

  @Test
  void theDoctorNamesTheDayOnWhichADiskIsFull() {
    runs(Duration.ofDays(1), 60, 50, 40, 30, 20);

    String day = Instant.now().minusSeconds(3600).plus(Duration.ofDays(2)).toString();
    assertThat(doctor())
        .contains("host.disk-fills", "/d (disk)", "less each day, by 5 runs since ")
        .contains("full about " + day.substring(0, 10));
  }

  @Test
  void fourRunsAreTooFewToTell() {
    runs(Duration.ofDays(1), 50, 40, 30, 20);

    assertThat(doctor()).doesNotContain("host.disk-fills");
    assertThat(lowtide("history").out()).contains("A trend needs 5 runs over 3 days at least");
  }

  @Test
  void twoDaysAreTooFewToTell() {
    runs(Duration.ofHours(11), 60, 50, 40, 30, 20);

    assertThat(doctor()).doesNotContain("host.disk-fills");
  }

  @Test
  void aDiskThatIsCleanedAsFastAsItFillsIsNoFinding() {
    runs(Duration.ofDays(1), 60, 30, 60, 30, 60, 30, 60, 30);

    assertThat(doctor()).doesNotContain("host.disk-fills");
    assertThat(lowtide("history").out()).contains("it does not decrease, by 8 runs");
  }

  @Test
  void oneLargeBuildIsNoTrend() {
    runs(Duration.ofDays(1), 60, 60, 60, 60, 60, 60, 20);

    assertThat(doctor()).doesNotContain("host.disk-fills");
  }

  @Test
  void aDiskThatLastsForMonthsIsNoFinding() {
    runs(Duration.ofDays(1), 205, 204, 203, 202, 201);

    assertThat(doctor()).doesNotContain("host.disk-fills");
    assertThat(lowtide("history").out()).contains("less each day").contains("full about ");
  }
}
