package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.lowtide.BoundedSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.report.Metrics;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --metrics}: the content of the file, read with Prometheus' own parsers for Python. */
class MetricsTest {
  /** Prints each sample of a file as {@code [name, labels, value]}. */
  private static final String PARSE =
      """
      import importlib, json, sys
      parse = importlib.import_module(sys.argv[1]).text_string_to_metric_families
      text = open(sys.argv[2], encoding="utf-8").read()
      families = list(parse(text))
      assert all(family.type == "gauge" for family in families), families
      print(json.dumps([[s.name, s.labels, s.value] for f in families for s in f.samples]))
      """;

  /** The label of numbers that the portable layer estimates. */
  private static final String BOUND =
      SizeProbe.best().name().equals("linux") ? "" : "bound=\"about\",";

  private @TempDir Path directory;
  private HostEnvironment host;
  private TestTree tree;
  private Path file;

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(directory.toRealPath());
    host = CommandLineRun.host(tree.root());
    tree.file("work/out/a", 10_000).file("work/kept/out/b", 10_000).file("work/source", 5_000);
    file = tree.path("lowtide.prom");
  }

  private CommandLineRun run(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(command, "--metrics", file.toString()));
    all.addAll(List.of(arguments));
    return CommandLineRun.of(host, all.toArray(String[]::new));
  }

  private CommandLineRun clean(String how) {
    return run("clean", "--root", tree.path("work").toString(), "--keep", "kept", how);
  }

  private String value(String series) throws IOException {
    return Files.readString(file)
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .map(line -> line.substring(series.length() + 1))
        .findFirst()
        .orElse("absent");
  }

  @Test
  void tellsWhatACleanUpHasDone() throws IOException {
    CommandLineRun run = clean("--yes");

    assertThat(run.exit()).as(run.err()).isZero();
    // A file of 10,000 bytes takes three blocks of 4 KiB, and its directory one on most file
    // systems
    assertThat(
            value("lowtide_reclaimed_bytes{" + BOUND + "command=\"clean\",policy=\"sample.out\"}"))
        .satisfies(bytes -> assertThat(Double.parseDouble(bytes)).isBetween(12_288.0, 16_384.0));
    assertThat(value("lowtide_items{command=\"clean\",outcome=\"removed\"}")).isEqualTo("1.0");
    assertThat(value("lowtide_refused_items{command=\"clean\",guard=\"keep\"}")).isEqualTo("1.0");
    assertThat(value("lowtide_run_passed{command=\"clean\"}")).isEqualTo("1.0");
    assertThat(Files.readString(file))
        .contains(
            "# TYPE lowtide_location_bytes gauge\n"
                + "# UNIT lowtide_location_bytes bytes\n"
                + "# HELP lowtide_location_bytes Allocated bytes of a location after the run.\n")
        .endsWith("\n# EOF\n");
  }

  @Test
  void reclaimsNothingInADryRun() throws IOException {
    clean("--dry-run");

    assertThat(Files.readString(file))
        .contains("lowtide_reclaimable_bytes{")
        .doesNotContain("lowtide_reclaimed_bytes");
  }

  @Test
  void tellsByHowMuchAPlaceHasGrown() throws IOException {
    CommandLineRun run =
        run(
            "verify",
            "--location",
            "here=" + tree.path("work"),
            "--",
            "cp",
            tree.path("work/source").toString(),
            tree.path("work/leak").toString());

    assertThat(run.exit()).isEqualTo(1);
    String labels =
        "{" + BOUND + "command=\"verify\",location=\"here\",path=\"" + tree.path("work") + "\"}";
    assertThat(value("lowtide_location_growth_bytes" + labels)).isEqualTo("8192.0");
    assertThat(value("lowtide_run_passed{command=\"verify\"}")).isEqualTo("0.0");
  }

  @Test
  void leavesNothingBesideTheFile() throws IOException {
    clean("--yes");
    clean("--yes");

    assertThat(tree.names()).contains("lowtide.prom").noneMatch(name -> name.contains(".prom."));
  }

  @Test
  void refusesAFileThatCannotBeWrittenBeforeAnythingGoes() {
    file = tree.path("nowhere/lowtide.prom");

    CommandLineRun run = clean("--yes");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1).contains(tree.path("nowhere").toString());
    assertThat(tree.has("work/out/a")).isTrue();
  }

  /** The text format of Prometheus is what node-exporter reads. */
  @ParameterizedTest
  @ValueSource(strings = {"prometheus_client.parser", "prometheus_client.openmetrics.parser"})
  void isReadByThePrometheusParsers(String parser) throws IOException {
    Path python = python();
    new Metrics("verify")
        .location("a \"quoted\\ name\n", tree.root(), BoundedSize.exactly(4096))
        .run(true, Duration.ofMillis(1500), Instant.ofEpochSecond(1_700_000_000))
        .write(file);

    Command.Result parsed =
        runner().run(Command.of(python.toString(), "-c", PARSE, parser, file.toString()));

    assertThat(parsed.succeeded()).as(parsed.output()).isTrue();
    JsonArray samples = JsonParser.parseString(parsed.output()).getAsJsonArray();
    Map<String, JsonArray> byName = new TreeMap<>();
    for (JsonElement sample : samples) {
      byName.put(sample.getAsJsonArray().get(0).getAsString(), sample.getAsJsonArray());
    }
    assertThat(byName)
        .containsOnlyKeys(
            "lowtide_last_run_timestamp_seconds",
            "lowtide_location_bytes",
            "lowtide_run_duration_seconds",
            "lowtide_run_passed");
    assertThat(byName.get("lowtide_run_duration_seconds").get(2).getAsDouble()).isEqualTo(1.5);
    assertThat(
            byName
                .get("lowtide_location_bytes")
                .get(1)
                .getAsJsonObject()
                .get("location")
                .getAsString())
        .isEqualTo("a \"quoted\\ name\\n"); // printable: the line end is shown as an escape
  }

  private static CommandRunner runner() {
    return CommandRunner.system(HostEnvironment.current(), Set.of("python3"));
  }

  /** A Python with the package of Prometheus, which Debian calls python3-prometheus-client. */
  private static Path python() throws IOException {
    Optional<Path> found = HostEnvironment.current().executable("python3");
    for (Path python :
        Stream.concat(found.stream(), Stream.of(Path.of("/usr/bin/python3"))).toList()) {
      if (Files.isExecutable(python)
          && runner()
              .run(Command.of(python.toString(), "-c", "import prometheus_client"))
              .succeeded()) {
        return python;
      }
    }
    assumeTrue(false, "skipped: no Python has the package prometheus_client");
    throw new AssertionError();
  }
}
