package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.mib;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.HostEnvironment;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A sparse file of 1 GiB, of which the portable layer knows only the length: each number that
 * includes it is marked as an estimate, wherever it is shown. The native layer sees that it takes
 * no space.
 */
class EstimatesTest {
  /** A size that includes the file, with the text before it. */
  private static final Pattern AMOUNT = Pattern.compile("(\\S?)[+-]?[1-9][0-9.]* GiB");

  private static final boolean ESTIMATED = !SizeProbe.best().name().equals("linux");

  private @TempDir Path directory;
  private HostEnvironment host;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(directory.toRealPath()).directory("home").directory("work/out");
    host = CommandLineRun.host(tree.root());
    makeSparse("work/out/sparse");
  }

  private void makeSparse(String path) throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(tree.path(path).toString(), "rw")) {
      sparse.setLength(mib(1024));
    }
  }

  private CommandLineRun run(String... args) {
    CommandLineRun run = CommandLineRun.of(host, args);
    assertThat(run.exit()).as(run.err()).isLessThanOrEqualTo(1);
    return run;
  }

  private String work() {
    return tree.path("work").toString();
  }

  /** Runs for people and for programs; changes are undone in between. */
  private void checkBoth(String... args) throws IOException {
    checkText(run(args));
    Files.createDirectories(tree.path("work/out"));
    makeSparse("work/out/sparse");
    List<String> asJson = new ArrayList<>(List.of(args));
    asJson.add(1, "--json");
    CommandLineRun run = run(asJson.toArray(String[]::new));
    assertThat(unmarked(run.json())).isEmpty();
    assertThat(run.out().contains("\"about\"")).as(run.out()).isEqualTo(ESTIMATED);
  }

  private static void checkText(CommandLineRun run) {
    String text = run.out() + run.err();
    Matcher amounts = AMOUNT.matcher(text);
    assertThat(amounts.find()).as(text).isEqualTo(ESTIMATED);
    amounts.reset().results().forEach(each -> assertThat(each.group(1)).as(text).isEqualTo("~"));
  }

  /** The objects that contain such a size without marking it as an estimate. */
  private static List<JsonObject> unmarked(JsonElement element) {
    List<JsonObject> unmarked = new ArrayList<>();
    if (element.isJsonArray()) {
      element.getAsJsonArray().forEach(each -> unmarked.addAll(unmarked(each)));
    } else if (element.isJsonObject()) {
      JsonObject object = element.getAsJsonObject();
      for (Map.Entry<String, JsonElement> each : object.entrySet()) {
        String key = each.getKey();
        unmarked.addAll(unmarked(each.getValue()));
        if ((key.equals("bytes") || key.endsWith("Bytes"))
            && !key.equals("apparentBytes") // the length of a file is exact
            && !key.startsWith("free")
            && each.getValue().isJsonPrimitive()
            && each.getValue().getAsLong() >= mib(1024)
            && !object.has(key.equals("keptBytes") ? "keptBound" : "bound")) {
          unmarked.add(object);
        }
      }
    }
    return unmarked;
  }

  @Test
  void areMarkedInWhatSizeSays() throws IOException {
    String lines = run("size", "--depth", "1", work()).out();
    assertThat(lines.lines().skip(1).filter(line -> line.matches(" *~1 GiB +1 GiB .*")))
        .hasSize(ESTIMATED ? 2 : 0);
    assertThat(unmarked(run("size", "--json", work()).json())).isEmpty();
  }

  @Test
  void areMarkedInAPlan() throws IOException {
    checkBoth("plan", "--root", work());
  }

  @Test
  void areMarkedInACleanUp() throws IOException {
    checkBoth("clean", "--dry-run", "--root", work());
    checkBoth("clean", "--yes", "--root", work());
  }

  @Test
  void areMarkedInTheTrash() throws IOException {
    checkBoth("clean", "--yes", "--undo-for", "1d", "--root", work());
    checkText(run("trash", "list", "--root", work()));
    assertThat(unmarked(run("trash", "list", "--root", work(), "--json").json())).isEmpty();
    checkText(run("trash", "purge", "--all", "--root", work()));
  }

  @Test
  void areMarkedInTheJsonOfTheTrash() throws IOException {
    run("clean", "--yes", "--undo-for", "1d", "--root", work());
    JsonObject purged = run("trash", "purge", "--all", "--root", work(), "--json").json();
    assertThat(unmarked(purged)).isEmpty();
    assertThat(purged.has("bound")).isEqualTo(ESTIMATED);
  }

  @Test
  void areMarkedInAVerification() throws IOException {
    Path second = tree.path("work/second");
    String grow = "rm -f " + second + "; truncate -s 2G " + second;
    checkBoth("verify", "--location", "work=" + work(), "--watch", "--", "sh", "-c", grow);
    checkText(run("baseline", "-o", tree.path("b.json").toString(), "--location", "w=" + work()));
  }

  @Test
  void areMarkedInMetrics() throws IOException {
    Path file = tree.path("lowtide.prom");
    run("clean", "--yes", "--metrics", file.toString(), "--root", work());
    checkMetrics(file);
    run(
        "verify",
        "--metrics",
        file.toString(),
        "--location",
        "work=" + work(),
        "--",
        "sh",
        "-c",
        "truncate -s 2G " + tree.path("work/second"));
    checkMetrics(file);
  }

  private static void checkMetrics(Path file) throws IOException {
    List<String> large =
        Files.readAllLines(file).stream()
            .filter(line -> !line.startsWith("#") && line.contains("bytes"))
            .filter(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))) >= mib(1024))
            .toList();
    assertThat(large.isEmpty()).isEqualTo(!ESTIMATED);
    assertThat(large).allSatisfy(line -> assertThat(line).contains("bound=\"about\""));
  }

  @Test
  void areMarkedInAReport() throws IOException {
    Path page = tree.path("report.html");
    run("plan", "--report", page.toString(), "--root", work());
    checkReport(page);
    run("clean", "--yes", "--report", page.toString(), "--root", work());
    checkReport(page);
    run(
        "verify",
        "--report",
        page.toString(),
        "--location",
        "work=" + work(),
        "--",
        "sh",
        "-c",
        "truncate -s 2G " + tree.path("work/second"));
    checkReport(page);
  }

  /** Everything except the trees, which the page marks as a whole. */
  private static void checkReport(Path page) throws IOException {
    String html = Files.readString(page);
    String data = html.substring(html.indexOf("id=\"data\">") + 10);
    JsonObject json =
        JsonParser.parseString(data.substring(0, data.indexOf("</script>"))).getAsJsonObject();
    json.getAsJsonArray("trees").forEach(tree -> tree.getAsJsonObject().remove("children"));
    assertThat(unmarked(json)).isEmpty();
    assertThat(json.toString().contains("\"about\"")).isEqualTo(ESTIMATED);
  }
}
