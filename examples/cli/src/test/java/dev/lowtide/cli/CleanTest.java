package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code plan}, {@code clean} and {@code apply}: the decisions, documents and effects. */
class CleanTest {
  private @TempDir Path directory;
  private HostEnvironment host;
  private TestTree tree;
  private String root;

  @BeforeEach
  void makeTree() throws IOException {
    Path real = directory.toRealPath();
    host = CommandLineRun.host(real);
    tree =
        TestTree.in(real)
            .directory("home")
            .directory("tmp")
            .file("work/a/out/app.o", kib(8), daysAgo(40))
            .file("work/b/out/lib.o", kib(4), daysAgo(3))
            .file("work/src/app.c", "int main() {}");
    tree.directory("work").file("work/keep/out/release.tar", kib(4), daysAgo(50));
    for (String out : new String[] {"a", "b", "keep"}) {
      Files.setLastModifiedTime(
          tree.path("work/" + out + "/out"), FileTime.from(daysAgo(out.equals("b") ? 3 : 40)));
    }
    root = tree.path("work").toString();
  }

  private CommandLineRun lowtide(String... args) {
    return CommandLineRun.of(host, args);
  }

  private long allocated(String path) throws IOException {
    return SizeProbe.best().measure(tree.path(path)).allocatedBytes();
  }

  private Map<String, Object> values() throws IOException {
    Map<String, Object> values = new TreeMap<>();
    values.put("root", root);
    values.put("uri", Printable.uri(tree.path("work")));
    values.put("aBytes", allocated("work/a/out"));
    values.put("bBytes", allocated("work/b/out"));
    values.put("allBytes", allocated("work/a/out") + allocated("work/b/out"));
    boolean exact = SizeProbe.best().measure(tree.path("work")).allocatedExact();
    values.put("exact", exact);
    String bound = exact ? "true" : "false, 'bound': 'about'";
    values.put("reclaimableExact", "'reclaimableExact': " + bound);
    values.put("freedExact", "'freedExact': " + bound);
    return values;
  }

  @Test
  void planIsTheDocumentOfTheContract() throws IOException {
    CommandLineRun run = lowtide("plan", "--json", "--root", root, "--keep", "keep");

    assertThat(run.exit()).isZero();
    assertThat(run.jsonWithoutTimes())
        .isEqualTo(
            CommandLineRun.document(
                """
                {'schema': 1,
                 'targets': [{'id': 'workspace', 'kind': 'WORKSPACE', 'path': '$root',
                   'uri': '$uri', 'keep': ['keep']}],
                 'items': [
                  {'id': '1', 'policy': 'sample.out', 'target': 'workspace', 'action': 'delete',
                   'path': '$root/a/out', 'uri': '$uri/a/out', 'cause': 'REGENERABLE',
                   'reason': 'the next build makes it again', 'cost': 'COMPUTE',
                   'apparentBytes': 8192, 'allocatedBytes': $aBytes,
                   'allocatedExact': $exact, 'reclaimableBytes': $aBytes,
                   $reclaimableExact,
                   'lastUsed': '2026-10-12T12:00:00Z'},
                  {'id': '2', 'policy': 'sample.out', 'target': 'workspace', 'action': 'delete',
                   'path': '$root/b/out', 'uri': '$uri/b/out', 'cause': 'REGENERABLE',
                   'reason': 'the next build makes it again', 'cost': 'COMPUTE',
                   'apparentBytes': 4096, 'allocatedBytes': $bBytes,
                   'allocatedExact': $exact, 'reclaimableBytes': $bBytes,
                   $reclaimableExact,
                   'lastUsed': '2026-11-18T12:00:00Z'}],
                 'refused': [
                  {'policy': 'sample.out', 'path': '$root/keep/out', 'uri': '$uri/keep/out',
                   'guard': 'keep', 'reason': '$root/keep matches a keep pattern'}],
                 'problems': [],
                 'reclaimableBytes': $allBytes, $reclaimableExact}
                """,
                values()));
  }

  @Test
  void planChangesNothingAndSaysWhyEachThingGoesOrStays() {
    Map<String, String> before = tree.fingerprint();

    CommandLineRun run = lowtide("plan", "--root", root, "--keep", "keep");

    assertThat(run.out())
        .contains(root + "/a/out")
        .contains("sample.out: the next build makes it again")
        .contains("sample.out, keep: " + root + "/keep matches a keep pattern");
    assertThat(run.err()).isEmpty();
    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void twoPlansOfTheSameTreeAreTheSame() {
    JsonObject first = lowtide("plan", "--json", "--root", root).json();
    JsonObject second = lowtide("plan", "--json", "--root", root).json();

    first.remove("createdAt");
    second.remove("createdAt");
    assertThat(second).isEqualTo(first);
  }

  @Test
  void cleanRemovesWhatItSaysAndNothingElse() throws IOException {
    Map<String, Object> values = values();
    String source = tree.fingerprint().get("work/src/app.c");

    CommandLineRun run = lowtide("clean", "--json", "--yes", "--root", root, "--keep", "keep");

    JsonObject document = run.json();
    assertThat(run.exit()).isZero();
    assertThat(document.remove("space").getAsJsonArray()).hasSize(1);
    assertThat(document)
        .isEqualTo(
            CommandLineRun.document(
                """
                {'schema': 1, 'dryRun': false,
                 'results': [
                  {'id': '1', 'policy': 'sample.out', 'path': '$root/a/out',
                   'uri': '$uri/a/out', 'outcome': 'removed', 'freedBytes': $aBytes,
                   $freedExact,
                   'undoable': false},
                  {'id': '2', 'policy': 'sample.out', 'path': '$root/b/out',
                   'uri': '$uri/b/out', 'outcome': 'removed', 'freedBytes': $bBytes,
                   $freedExact,
                   'undoable': false}],
                 'refused': [
                  {'policy': 'sample.out', 'path': '$root/keep/out', 'uri': '$uri/keep/out',
                   'guard': 'keep', 'reason': '$root/keep matches a keep pattern'}],
                 'freedBytes': $allBytes, $freedExact, 'keptBytes': 0}
                """,
                values));
    assertThat(tree.names())
        .containsExactly(
            "home",
            "home/.local",
            "home/.local/state",
            "home/.local/state/lowtide",
            "home/.local/state/lowtide/history.jsonl", // the history of the run
            "home/.local/state/lowtide/history.lock",
            "tmp",
            "work",
            "work/a",
            "work/b",
            "work/keep",
            "work/keep/out",
            "work/keep/out/release.tar",
            "work/src",
            "work/src/app.c");
    assertThat(tree.fingerprint()).containsEntry("work/src/app.c", source);
  }

  /** The output without the lines that depend on other programs on the same disk. */
  private static List<String> messages(CommandLineRun run) {
    return run.err().lines().filter(line -> !line.contains("the free space on the disk ")).toList();
  }

  @Test
  void showsTheSumAtTheEnd() {
    CommandLineRun run = lowtide("clean", "--yes", "--root", root, "--keep", "keep");

    assertThat(messages(run))
        .singleElement()
        .satisfies(line -> assertThat(line).startsWith("[SUCCESS] Freed "));
  }

  @Test
  void withVShowsEachRemovalAsItHappens() {
    CommandLineRun run = lowtide("clean", "-v", "--yes", "--root", root, "--keep", "keep");

    assertThat(messages(run))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("[INFO] lowtide "),
            line -> assertThat(line).startsWith("[INFO] Removing " + root + "/a/out (sample.out"),
            line -> assertThat(line).startsWith("[INFO] Removing " + root + "/b/out (sample.out"),
            line -> assertThat(line).startsWith("[SUCCESS] Freed "));
  }

  @Test
  void whatIsPrintedForHundredsOfItemsIsAPage() throws IOException {
    for (int i = 0; i < 400; i++) {
      tree.file("work/many/" + i + "/out/o");
    }

    CommandLineRun run = lowtide("clean", "--yes", "--undo-for", "1h", "--root", root);

    assertThat(run.out().lines()).hasSizeLessThan(50);
    assertThat(run.err().lines()).hasSizeLessThan(30);
    assertThat(run.out()).contains("sample.out: 403 items");
  }

  @Test
  void manyItemsThatStayAreNamedByReason() throws IOException {
    String plan = tree.path("plan.json").toString();
    for (int i = 0; i < 50; i++) {
      tree.file("work/many/" + i + "/out/o");
    }
    lowtide("plan", "--root", root, "-o", plan);
    for (int i = 0; i < 50; i++) {
      tree.file("work/many/" + i + "/out/new");
    }

    CommandLineRun run = lowtide("apply", plan, "--yes");

    assertThat(run.err())
        .containsPattern("\\[WARN\\] Kept " + root + "/many/[0-9]+/out: ")
        .contains("… and 47 items more for the same reason", "50 of 53 items stay");
  }

  @Test
  void aSecondRunRemovesNothing() {
    lowtide("clean", "--yes", "--root", root);

    CommandLineRun second = lowtide("clean", "--yes", "--json", "--root", root);

    assertThat(second.exit()).isZero();
    assertThat(second.json().getAsJsonArray("results")).isEmpty();
    assertThat(second.json().get("freedBytes").getAsLong()).isZero();
  }

  @Test
  void aDryRunChangesNothingAndNeedsNoConsent() throws IOException {
    Map<String, String> before = tree.fingerprint();
    long bytes = allocated("work/a/out") + allocated("work/b/out") + allocated("work/keep/out");

    CommandLineRun run = lowtide("clean", "--dry-run", "--json", "--root", root);

    assertThat(run.exit()).isZero();
    assertThat(run.json().get("dryRun").getAsBoolean()).isTrue();
    assertThat(run.json().get("freedBytes").getAsLong()).isEqualTo(bytes);
    assertThat(run.json().getAsJsonArray("results"))
        .hasSize(3)
        .allSatisfy(
            result ->
                assertThat(result.getAsJsonObject().get("outcome").getAsString())
                    .isEqualTo("would-remove"));
    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void onATerminalItAsksAndTakesYes() {
    CommandLineRun run = CommandLineRun.answering("y\n", host, "clean", "--root", root);

    assertThat(run.err()).contains("Remove these 3 items, ").contains("? [y/N] ");
    assertThat(tree.has("work/a/out")).isFalse();
  }

  @Test
  void showsWhatItAsksAboutEvenWhereADocumentIsPrinted() {
    CommandLineRun run = CommandLineRun.answering("y\n", host, "clean", "--json", "--root", root);

    assertThat(run.err()).contains("To remove:").contains(root + "/a/out").contains("[y/N]");
    assertThat(run.json().getAsJsonArray("results")).hasSize(3);
  }

  @Test
  void onATerminalAnythingButYesRemovesNothing() {
    Map<String, String> before = tree.fingerprint();

    for (String answer : new String[] {"n\n", "\n", "", "yesterday\n"}) {
      CommandLineRun run = CommandLineRun.answering(answer, host, "clean", "--root", root);
      assertThat(run.exit()).isEqualTo(Program.FAILED);
      assertThat(run.err()).contains("Nothing was removed");
    }
    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void aPlanOfWhichNothingIsLeftToDoAsItWasPlannedFails() {
    String plan = tree.path("plan.json").toString();
    lowtide("plan", "--root", root, "-o", plan);
    for (String out : new String[] {"a", "b", "keep"}) {
      tree.file("work/" + out + "/out/later");
    }

    CommandLineRun run = lowtide("apply", plan, "--yes");

    assertThat(run.exit()).isEqualTo(Program.FAILED);
    assertThat(run.err()).contains("it has changed since it was planned", "3 of 3 items stay");
  }

  @Test
  void olderThanLeavesWhatWasUsedSince() throws IOException {
    TestTree.in(tree.path("work/a/out")).allModified(Instant.parse("2001-09-09T01:46:40Z"));
    TestTree.in(tree.path("work/b/out")).allModified(Instant.now());

    JsonObject plan =
        lowtide("plan", "--json", "--root", root, "--keep", "keep", "--older-than", "7d").json();

    assertThat(plan.getAsJsonArray("items"))
        .singleElement()
        .satisfies(
            item -> {
              assertThat(item.getAsJsonObject().get("cause").getAsString()).isEqualTo("EXPIRED");
              assertThat(item.getAsJsonObject().get("path").getAsString())
                  .isEqualTo(root + "/a/out");
            });
  }

  @Test
  void maxSizeRemovesTheLeastRecentlyUsedUntilTheTargetFits() throws IOException {
    long enough = allocated("work") - allocated("work/keep/out");

    JsonObject plan =
        lowtide("plan", "--json", "--root", root, "--max-size", Long.toString(enough)).json();

    assertThat(plan.getAsJsonArray("items"))
        .singleElement()
        .satisfies(
            item -> {
              assertThat(item.getAsJsonObject().get("cause").getAsString())
                  .isEqualTo("OVER_BUDGET");
              assertThat(item.getAsJsonObject().get("path").getAsString())
                  .isEqualTo(root + "/a/out");
            });
  }

  @Test
  void withoutASelectionItIsTheWorkingDirectory() {
    TestTree memory = TestTree.inMemory().file("out/app.o");
    HostEnvironment there = CommandLineRun.host(memory.root().resolveSibling("elsewhere"));

    CommandLineRun run = CommandLineRun.of(there, "plan");

    assertThat(run.err()).isEqualTo("[INFO] Using the working directory /tree\n");
    assertThat(run.out()).contains("/tree/out");
  }

  @Test
  void withoutASelectionThePolicyFileOfTheWorkingDirectoryHolds() {
    TestTree memory =
        TestTree.inMemory()
            .file("out/app.o")
            .file("lowtide.toml", "[[targets]]\npath = '.'\nkeep = ['out']\n");
    HostEnvironment there = CommandLineRun.host(memory.root().resolveSibling("elsewhere"));

    CommandLineRun run = CommandLineRun.of(there, "plan");

    assertThat(run.err()).isEqualTo("[INFO] Reading the policy file /tree/lowtide.toml\n");
    assertThat(run.out()).contains("Nothing to remove", "/tree/out");
  }

  @Test
  void quietSaysNothing() {
    CommandLineRun run = lowtide("clean", "-q", "--yes", "--root", root);

    assertThat(run.out() + run.err()).isEmpty();
    assertThat(tree.has("work/a/out")).isFalse();
  }

  @Test
  void aDotIsTheWorkingDirectory() {
    TestTree memory = TestTree.inMemory().file("out/app.o");

    JsonObject plan =
        CommandLineRun.of(
                CommandLineRun.host(memory.root().resolveSibling("elsewhere")),
                "plan",
                "--json",
                "--root",
                ".")
            .json();

    assertThat(plan.getAsJsonArray("targets").get(0).getAsJsonObject().get("path").getAsString())
        .isEqualTo("/tree");
  }

  @Test
  void cachesAreThoseThatPoliciesFind() throws IOException {
    Path link = Files.createSymbolicLink(tree.path("linked"), tree.path("home"));
    tree.file("home/.cache/sample/archive", kib(4), daysAgo(9));

    JsonObject plan =
        CommandLineRun.of(
                HostEnvironment.of(
                    host.operatingSystem(),
                    link.getFileSystem(),
                    Map.of(),
                    link.toString(),
                    tree.path("tmp").toString()),
                "plan",
                "--json",
                "--caches",
                "--grace",
                "0s")
            .json();

    assertThat(plan.getAsJsonArray("items"))
        .singleElement()
        .satisfies(
            item ->
                assertThat(item.getAsJsonObject().get("path").getAsString())
                    .isEqualTo(tree.path("home/.cache/sample/archive").toString()));
  }

  @Test
  void keepPatternsAlsoApplyToCaches() {
    tree.file("home/.cache/sample/archive", kib(4), daysAgo(9))
        .file("home/.cache/sample/other", kib(4), daysAgo(9));

    CommandLineRun run = lowtide("clean", "--yes", "--caches", "--grace", "0s", "--keep", "arch*");

    assertThat(run.exit()).isZero();
    assertThat(TestTree.in(tree.path("home/.cache/sample")).names()).containsExactly("archive");
  }

  @Test
  void keepPatternsAlsoApplyToTargetsOfAPolicyFile() {
    tree.file("work/lowtide.toml", "[[targets]]\npath = \".\"\nkeep = [\"keep\"]\n");

    CommandLineRun run =
        lowtide("clean", "--yes", "--config", root + "/lowtide.toml", "--keep", "b");

    assertThat(run.exit()).isZero();
    assertThat(tree.has("work/a/out")).isFalse();
    assertThat(tree.has("work/b/out")).isTrue();
    assertThat(tree.has("work/keep/out")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\"madeBy\": \"0123\","})
  void thePlanOfAnUnknownOrAnotherMakerIsRefusedWithTheOptionThatAcceptsIt(String maker)
      throws IOException {
    String plan = tree.path("plan.json").toString();
    lowtide("plan", "--root", root, "-o", plan);
    String made = Files.readString(Path.of(plan));
    String changed = made.replaceFirst("\"madeBy\": *\"[^\"]+\",", maker);
    assertThat(changed).isNotEqualTo(made);
    Files.writeString(Path.of(plan), changed);

    CommandLineRun run = lowtide("apply", plan, "--yes");

    assertThat(run.err()).contains("cannot be applied", "make it again, or see --from-elsewhere");
    assertThat(tree.has("work/a/out")).isTrue();
  }

  /** Whoever has written it. */
  @Test
  void aPlanCannotTakeWhatOnlyAToolRemoves() throws IOException {
    tree.file("home/project/tools/out/tool", kib(4), daysAgo(9));
    CleanupTarget target = CleanupTarget.of("workspace", tree.path("home/project"));
    CleanupPlan plan =
        Lowtide.builder().policy(TestPolicy.deleting("tools/out")).host(host).build().plan(target);
    assertThat(plan.items()).hasSize(1);
    tree.file("plan.json", plan.toJson());

    CommandLineRun run = lowtide("apply", tree.path("plan.json").toString(), "--yes");

    assertThat(run.err()).contains("only the tool that manages");
    assertThat(tree.has("home/project/tools/out/tool")).isTrue();
  }

  @Test
  void aCacheThatMustNotBeCleanedIsLeftOutAndTheRestIsPlanned() {
    tree.file("home/.cache/sample", "a file where a directory should be");

    CommandLineRun run = lowtide("plan", "--json", "--caches", "--root", root);

    assertThat(run.exit()).isZero();
    assertThat(run.err().lines())
        .singleElement()
        .asString()
        .startsWith("[WARN] Refused to clean " + tree.path("home/.cache/sample"));
    assertThat(run.json().getAsJsonArray("items")).hasSize(3);
  }

  @Test
  void aSharedCacheKeepsForAnHourWhatWasTouched() throws IOException {
    tree.file("home/.cache/sample/fresh");
    Files.setLastModifiedTime(tree.path("home/.cache/sample/fresh"), FileTime.from(Instant.now()));

    JsonObject plan = lowtide("plan", "--json", "--caches").json();

    assertThat(plan.getAsJsonArray("refused"))
        .singleElement()
        .satisfies(
            refused ->
                assertThat(refused.getAsJsonObject().get("guard").getAsString())
                    .isEqualTo("grace-period"));
  }

  @Test
  void applyRemovesWhatThePlanNamesAndSkipsWhatChangedSince() throws IOException {
    String plan = tree.path("plan.json").toString();
    assertThat(lowtide("plan", "--root", root, "-o", plan).out()).contains("To remove:");
    tree.file("work/b/out/new.o");

    CommandLineRun run = lowtide("apply", plan, "--yes", "--json");

    assertThat(run.exit()).isZero();
    assertThat(run.json().getAsJsonArray("results"))
        .extracting(result -> result.getAsJsonObject().get("outcome").getAsString())
        .containsExactly("removed", "skipped", "removed");
    assertThat(run.err()).contains("[WARN] Kept " + root + "/b/out: ");
    assertThat(tree.has("work/b/out/new.o")).isTrue();
    assertThat(tree.has("work/a/out")).isFalse();
  }

  @Test
  void applyingAPlanTwiceRemovesNothingTheSecondTime() {
    String plan = tree.path("plan.json").toString();
    lowtide("plan", "--root", root, "-o", plan);
    lowtide("apply", plan, "--yes");
    Map<String, String> before = TestTree.in(tree.path("work")).fingerprint();

    CommandLineRun second = lowtide("apply", plan, "--yes", "--json");

    assertThat(second.exit()).isZero();
    assertThat(second.json().getAsJsonArray("results"))
        .extracting(result -> result.getAsJsonObject().get("reason").getAsString())
        .containsOnly("it is already gone");
    assertThat(TestTree.in(tree.path("work")).fingerprint()).isEqualTo(before);
  }

  @Test
  void applyCanBeADryRun() {
    String plan = tree.path("plan.json").toString();
    lowtide("plan", "--root", root, "-o", plan);
    Map<String, String> before = tree.fingerprint();

    CommandLineRun run = lowtide("apply", "-v", plan, "--dry-run");

    assertThat(run.exit()).isZero();
    assertThat(run.err()).contains("[INFO] Would remove " + root + "/a/out");
    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void aPolicyFileSaysTheSameAsOptions() throws IOException {
    tree.file(
        "work/lowtide.toml",
        """
        policies = ["sample.out"]

        [[targets]]
        path = "."
        keep = ["keep"]

        [settings.sample]
        name = "out"
        """);
    JsonObject byOptions =
        lowtide("plan", "--json", "--root", root, "--keep", "keep").jsonWithoutTimes();

    JsonObject byFile =
        lowtide("plan", "--json", "--config", root + "/lowtide.toml").jsonWithoutTimes();

    assertThat(byFile.get("refused")).isEqualTo(byOptions.get("refused"));
    assertThat(byFile.getAsJsonArray("items"))
        .extracting(item -> item.getAsJsonObject().get("uri"))
        .isEqualTo(
            byOptions.getAsJsonArray("items").asList().stream()
                .map(item -> item.getAsJsonObject().get("uri"))
                .toList());
  }

  @Test
  void coloursAreThereOnlyWhenAskedForOrOnATerminal() {
    String[] dry = {"clean", "--dry-run", "--root", root};
    String[] always = {"clean", "--dry-run", "--root", root, "--color=always"};
    HostEnvironment noColor = host.withVariables(variables -> Map.of("NO_COLOR", "1"));

    assertThat(lowtide(dry).err()).doesNotContain("\u001b[");
    assertThat(lowtide(always).err()).contains("\u001b[");
    assertThat(CommandLineRun.answering("", host, dry).err()).contains("\u001b[");
    assertThat(CommandLineRun.answering("", noColor, dry).err())
        .as("but for the progress bar, which is erased")
        .doesNotContainPattern("\u001b\\[[0-9;]*m");
  }

  @Test
  void runsTheCommandsToKeepFirst() {
    CommandLineRun run =
        lowtide("clean", "--yes", "--root", root, "--keep-command", "touch " + root + "/ran");

    assertThat(run.exit()).isZero();
    assertThat(tree.has("work/ran")).isTrue();
  }

  @Test
  void removesNothingIfACommandToKeepFails() {
    SortedMap<String, String> before = tree.fingerprint();

    CommandLineRun run = lowtide("clean", "--yes", "--root", root, "--keep-command", "false");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("'false' ended with exit code 1");
    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void namesACommandToKeepThatIsNotThere() {
    CommandLineRun run =
        lowtide("clean", "--yes", "--root", root, "--keep-command", "no-such-tool");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("no-such-tool");
  }
}
