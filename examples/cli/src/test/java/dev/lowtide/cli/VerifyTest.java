package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ObjectArrays;
import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code baseline} and {@code verify}. */
class VerifyTest {
  private @TempDir Path directory;
  private HostEnvironment host;
  private TestTree tree;
  private String root;

  @BeforeEach
  void makeTree() throws IOException {
    Path real = directory.toRealPath();
    host = CommandLineRun.host(real);
    tree = TestTree.in(real).directory("home").directory("tmp").file("work/a", kib(4));
    root = tree.path("work").toString();
  }

  private CommandLineRun lowtide(String... args) {
    return CommandLineRun.of(host, args);
  }

  /** Verifies the directory around a shell command. */
  private CommandLineRun around(String shell, String... options) {
    assumeTrue(host.executable("sh").isPresent(), "there is no sh to run");
    List<String> args = new ArrayList<>(List.of("verify", "--location", "work=" + root));
    args.addAll(List.of(options));
    args.addAll(List.of("--", "sh", "-c", shell));
    return lowtide(args.toArray(String[]::new));
  }

  @Test
  void passesWhereTheCommandLeavesNothing() {
    CommandLineRun run = around("true");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).startsWith("PASS  work ");
  }

  @Test
  void failsWhereTheCommandLeavesSomethingAndSaysWhat() throws IOException {
    long before = SizeProbe.best().measure(tree.path("work")).allocatedBytes();

    CommandLineRun run = around("cp " + root + "/a " + root + "/b", "--json");

    BoundedSize grown = SizeProbe.best().measure(tree.path("work/b")).allocated();
    assertThat(run.exit()).isEqualTo(1);
    JsonObject document = run.json();
    location(document).remove("freedOnFileSystemBytes"); // other programs write there too
    document.remove("freeSpace");
    assertThat(document)
        .isEqualTo(
            CommandLineRun.document(
                """
                {'schema': 1, 'passed': false,
                 'command': {'argv': ['sh', '-c', 'cp $root/a $root/b'], 'exit': 0},
                 'locations': [
                  {'name': 'work', 'path': '$root', 'uri': '$uri', 'expectation': 'unchanged',
                   'beforeBytes': $before, 'afterBytes': $after, 'deltaBytes': $grown,
                   'toleranceBytes': 0, 'bytesExact': $exact, $bound 'unreadable': 0,
                   'verdict': 'FAIL',
                   'failures': ['it grew by $size, more than the tolerated 0 B'],
                   'grown': [{'path': '$root/b', 'uri': '$uri/b', 'change': 'created',
                              'bytes': $grown, $bound 'entries': 1}],
                   'vanished': [], 'replaced': []}],
                 'appeared': []}
                """,
                Map.of(
                    "exact",
                    grown.isExact(),
                    "bound",
                    grown.isExact() ? "" : "\"bound\": \"about\",",
                    "root",
                    root,
                    "uri",
                    Printable.uri(tree.path("work")),
                    "before",
                    before,
                    "after",
                    before + grown.bytes(),
                    "grown",
                    grown.bytes(),
                    "size",
                    grown)));
  }

  private static JsonObject location(JsonObject document) {
    return document.getAsJsonArray("locations").get(0).getAsJsonObject();
  }

  @Test
  void warnsOfWhatAppearsInTmpBesideAnotherTemporaryDirectory() throws IOException {
    Path stray = Path.of("/tmp/lowtide-verify-test-" + UUID.randomUUID());
    String[] command = {"--", "sh", "-c", "echo hello > " + stray};
    try {
      CommandLineRun run =
          lowtide(
              ObjectArrays.concat(
                  new String[] {"verify", "--location=temp"}, command, String.class));

      assertThat(run.exit()).as(run.err()).isZero();
      assertThat(run.out()).contains("\nWARN  " + stray + " appeared during the run (");
      assertThat(stray).exists();
    } finally {
      Files.deleteIfExists(stray);
    }
  }

  @Test
  void passesWhereTheGrowthIsTolerated() {
    CommandLineRun run = around("cp " + root + "/a " + root + "/b", "--tolerate", "work=1MiB");

    assertThat(run.exit()).isZero();
  }

  @Test
  void endsWithTheExitCodeOfTheCommand() {
    assertThat(around("cp " + root + "/a " + root + "/b; exit 7").exit()).isEqualTo(7);
  }

  @Test
  void keepsWhatTheCommandPrintsOutOfTheDocument() {
    CommandLineRun run = around("echo building", "--json");

    assertThat(run.json().get("passed").getAsBoolean()).isTrue();
    assertThat(run.err()).isEqualTo("building\n");
  }

  @Test
  void givesTheCommandTheWholeEnvironment() {
    host = host.withVariables(old -> Map.of("PATH", old.get("PATH"), "VIRTUAL_ENV", "/venv"));

    assertThat(around("echo $VIRTUAL_ENV", "--json").err()).isEqualTo("/venv\n");
  }

  @Test
  void comparesWithABaseline() {
    String file = tree.path("before.json").toString();
    assertThat(lowtide("baseline", "-o", file, "--location", "work=" + root).exit()).isZero();
    assertThat(lowtide("verify", "--baseline", file).exit()).isZero();
    tree.file("work/more", kib(4));

    CommandLineRun run = lowtide("verify", "--baseline", file);

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).startsWith("FAIL  work ").contains(root + "/more");
  }

  @Test
  void aBaselineInsideALocationIsNoGrowthOfIt() {
    String file = tree.path("work/before.json").toString();
    lowtide("baseline", "-o", file, "--location", "work=" + root);

    assertThat(lowtide("verify", "--baseline", file).exit()).isZero();
  }

  @Test
  void aStandardLocationThatIsNotThereTakesNothing() {
    CommandLineRun run = lowtide("verify", "--location", "uv-data", "--", "true");

    assertThat(run.exit()).isZero();
  }

  @Test
  void measuresByItselfWhatBuildsUsuallyFill() {
    tree.file("home/.cache/sample/archive");

    CommandLineRun run = lowtide("baseline", "-o", tree.path("before.json").toString());

    assertThat(run.err().lines().map(line -> line.split(" ")[0]))
        .containsExactly("LOCATION", "workspace", "sample-cache", "temp", "[SUCCESS]");
  }

  @Test
  void failsWhereTheCommandDeletesAndReplaces() {
    tree.file("work/b", kib(4));

    CommandLineRun run =
        around("rm $0/a; cp $0/b $0/c; mv $0/c $0/b".replace("$0", root), "--json");

    JsonObject work = location(run.json());
    assertThat(run.exit()).isEqualTo(1);
    assertThat(work.getAsJsonArray("vanished").toString()).contains(root + "/a", "vanished");
    assertThat(work.getAsJsonArray("replaced").toString()).contains(root + "/b", "replaced");
  }

  @Test
  void letsAPlaceChangeOfWhichOnlyTheSizeCounts() {
    assertThat(around("rm " + root + "/a", "--expect", "work=bounded").exit()).isZero();
  }

  @Test
  void knowsByItsNameThatACacheMayChange() {
    CommandLineRun run =
        lowtide("verify", "--location", "uv-cache=" + root, "--", "rm", root + "/a");

    assertThat(run.exit()).isZero();
  }

  @Test
  void leavesOutWhatIsExcepted() {
    String build = "mkdir $0/dist; cp $0/a $0/dist/x.whl".replace("$0", root);

    assertThat(around(build, "--except", "dist/*.whl").exit()).isZero();
  }

  @Test
  void toleratesTheSameEverywhereWhereNoPlaceIsNamed() {
    assertThat(around("cp " + root + "/a " + root + "/b", "--tolerate", "1MiB").exit()).isZero();
  }

  @Test
  void findsAStandardPlaceByItsName() {
    tree.file("home/.cache/uv/archive-v0/x");

    CommandLineRun run = lowtide("verify", "--json", "--location", "uv-cache", "--", "true");

    assertThat(location(run.json()).get("path").getAsString())
        .isEqualTo(tree.path("home/.cache/uv").toString());
    assertThat(lowtide("verify", "--location", "cache", "--", "true").err())
        .contains("There is no standard location 'cache'; write NAME=PATH, or one of workspace,");
  }

  @Test
  void seesACacheThatTheCommandMade() {
    CommandLineRun run =
        lowtide("verify", "--", "mkdir", "-p", tree.path("home/.cache/pip/http-v2").toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).contains("FAIL  pip-cache ").contains(".cache/pip  (new, 2 entries)");
  }

  @Test
  void looksBehindASymbolicLink() {
    tree.link("link", "work");

    CommandLineRun run =
        lowtide("verify", "--location", "w=" + tree.path("link"), "--", "rm", root + "/a");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).contains(root + "/a  (gone)");
  }

  @Test
  void keepsTheRulesOfABaseline() {
    String file = tree.path("work/before.json").toString();
    lowtide("baseline", "-o", file, "--location", "w=" + root, "--expect", "w=bounded");
    tree.file("work/a", kib(2));

    assertThat(lowtide("verify", "--baseline", file).exit()).isZero();
    assertThat(lowtide("verify", "--baseline", file, "--expect", "w=unchanged").exit())
        .isEqualTo(1);
  }

  @Test
  void saysTheMostThatAPlaceTookWhileTheCommandRan() {
    String build = "cp $0/a $0/b; sleep 2; rm $0/b".replace("$0", root);

    CommandLineRun run = around(build, "--watch=PT0.05S", "--json");

    JsonObject work = location(run.json());
    assertThat(run.exit()).isZero();
    assertThat(work.get("sampledPeakBytes").getAsLong())
        .isGreaterThan(work.get("beforeBytes").getAsLong());
    assertThat(around("true", "--watch").out()).contains("PEAK, AT LEAST");
  }

  @Test
  void saysAPeakThatIsNoLessThanWhatWasLeft() {
    CommandLineRun run =
        around("head -c 100000 /dev/zero > " + root + "/left", "--watch=PT1H", "--json");

    JsonObject work = location(run.json());
    assertThat(work.get("sampledPeakBytes").getAsLong())
        .isGreaterThanOrEqualTo(work.get("afterBytes").getAsLong())
        .isGreaterThanOrEqualTo(100_000);
  }

  @Test
  void passesWhereAToolTellsWhatItOughtTo() {
    tree.file("home/.cache/sample/archive", 100);

    CommandLineRun run = lowtide("verify", "--budget", "sample.size<=100B");

    assertThat(run.exit()).isZero();
    assertThat(run.out())
        .isEqualTo("PASS  sample.size  100 B, as <= 100 B: in its files" + System.lineSeparator());
  }

  @Test
  void failsWhereAToolTellsSomethingElse() {
    tree.file("home/.cache/sample/archive", 100);

    CommandLineRun run = lowtide("verify", "--budget", "sample.size<100B", "--json");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.json())
        .isEqualTo(
            CommandLineRun.document(
                """
                {'schema': 1, 'passed': false, 'locations': [],
                 'budgets': [{'name': 'sample.size', 'relation': '<', 'limit': 100.0,
                   'value': 100.0, 'verdict': 'FAIL',
                   'message': '100 B, not < 100 B: in its files'}]}
                """,
                Map.of()));
  }

  @Test
  void failsWhereNothingTellsWhatIsAskedFor() {
    CommandLineRun run = lowtide("verify", "--budget", "sample.size<100B");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).startsWith("FAIL  sample.size  not available here:");
  }

  @Test
  void readsWhatAToolTellsWhenTheCommandHasEnded() {
    CommandLineRun run =
        around(
            "mkdir -p home/.cache/sample && echo 1 > home/.cache/sample/one"
                .replace("home", tree.path("home").toString()),
            "--budget",
            "sample.size<=2B");

    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertThat(run.out()).contains("PASS  work ", "PASS  sample.size  2 B");
  }

  @Test
  void failsForABudgetWhereThePlacesAreAsTheyWere() {
    tree.file("home/.cache/sample/archive", 100);

    CommandLineRun run = around("true", "--budget", "sample.size<1B");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).contains("PASS  work ", "FAIL  sample.size ");
  }

  @Test
  void rejectsABudgetOfNothingThatIsKnownBeforeAnythingIsRun() {
    CommandLineRun run = around("touch " + root + "/ran", "--budget", "sample.speed>1");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err())
        .contains("--budget: There is no gauge 'sample.speed'; there are sample.size");
    assertThat(tree.has("work/ran")).isFalse();
  }

  @Test
  void rejectsAPlaceThatABudgetAloneGivesNothingToCompareWith() {
    CommandLineRun run =
        lowtide("verify", "--location", "work=" + root, "--budget", "sample.size<1B");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("nothing to compare with");
  }
}
