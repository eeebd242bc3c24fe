package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --undo-for} and {@code trash}: from removal to restoring. */
class TrashTest {
  private @TempDir Path directory;
  private HostEnvironment host;
  private TestTree tree;
  private TestTree work;
  private String root;

  @BeforeEach
  void makeTree() throws IOException {
    Path real = directory.toRealPath();
    host = CommandLineRun.host(real);
    tree = TestTree.in(real).directory("home").directory("tmp");
    tree.file("work/a/out/app.o", kib(8), daysAgo(40)).file("work/b/out/lib.o", kib(4));
    tree.file("work/src/app.c", "int main() {}");
    work = TestTree.in(tree.path("work"));
    root = work.root().toString();
  }

  private CommandLineRun lowtide(String... args) {
    return CommandLineRun.of(host, args);
  }

  private CommandLineRun cleanUndoably() {
    CommandLineRun run = lowtide("clean", "--yes", "--json", "--undo-for", "24h", "--root", root);
    assertThat(run.exit()).isZero();
    return run;
  }

  private List<JsonObject> kept() {
    return lowtide("trash", "list", "--json").json().getAsJsonArray("items").asList().stream()
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  private static String text(JsonObject object, String name) {
    return object.get(name).getAsString();
  }

  private static List<String> outcomes(CommandLineRun run) {
    return run.json().getAsJsonArray("results").asList().stream()
        .map(result -> text(result.getAsJsonObject(), "outcome"))
        .toList();
  }

  @Test
  void cleanSaysWhatCanBeHadBackAndUntilWhen() {
    JsonObject report = cleanUndoably().json();

    assertThat(report.get("freedBytes").getAsLong()).isZero();
    JsonArray results = report.getAsJsonArray("results");
    assertThat(results)
        .hasSize(2)
        .allSatisfy(
            element -> {
              JsonObject result = element.getAsJsonObject();
              assertThat(text(result, "outcome")).isEqualTo("removed");
              assertThat(result.get("undoable").getAsBoolean()).isTrue();
              assertThat(text(result, "reason"))
                  .startsWith("kept until " + text(result, "keptUntil") + " in " + root);
              assertThat(text(result, "trashId")).hasSize(16);
            });
    assertThat(report.get("keptBytes").getAsLong())
        .isEqualTo(
            results.asList().stream()
                .mapToLong(result -> result.getAsJsonObject().get("keptBytes").getAsLong())
                .sum())
        .isGreaterThanOrEqualTo(kib(12));
    assertThat(work.has("a/out")).isFalse();
  }

  @Test
  void listIsTheDocumentOfTheContractInTheOrderOfRemoval() {
    cleanUndoably();

    JsonObject document = lowtide("trash", "list", "--json").json();

    assertThat(document.get("schema").getAsInt()).isEqualTo(1);
    assertThat(document.getAsJsonArray("problems")).isEmpty();
    JsonObject first = document.getAsJsonArray("items").get(0).getAsJsonObject();
    assertThat(first.keySet().stream().filter(key -> !key.equals("bound")))
        .containsExactly(
            "id",
            "state",
            "path",
            "uri",
            "policy",
            "reason",
            "removedAt",
            "keptUntil",
            "allocatedBytes",
            "allocatedExact",
            "trash");
    assertThat(text(first, "state")).isEqualTo("kept");
    assertThat(text(first, "uri")).isEqualTo(Printable.uri(work.path("a/out")));
    assertThat(text(first, "policy")).isEqualTo("sample.out");
  }

  @Test
  void listChangesNothing() {
    cleanUndoably();
    Map<String, String> before = tree.fingerprint();

    assertThat(lowtide("trash", "list").out())
        .contains("STATE", "kept", root + "/a/out", root + "/b/out");

    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void whereNothingIsKeptListSaysSo() {
    assertThat(lowtide("trash", "list").out()).isEqualTo("Nothing is kept\n");
    assertThat(lowtide("trash", "list", "--json").json().getAsJsonArray("items")).isEmpty();
  }

  @Test
  void restoreByTheBeginningOfAnIdPutsItBackAsItWas() {
    Map<String, String> before = work.fingerprint();
    cleanUndoably();
    String first = text(kept().get(0), "id");
    String second = text(kept().get(1), "id");

    CommandLineRun run = lowtide("trash", "restore", first.substring(0, 12), second);

    assertThat(run.exit()).isZero();
    assertThat(run.err())
        .contains("[INFO] Restored " + root + "/a/out", "[INFO] Restored " + root + "/b/out");
    work.allModified(TestTree.NOW);
    assertThat(work.fingerprint().keySet()).isEqualTo(before.keySet());
    assertThat(kept()).isEmpty();
  }

  @Test
  void restoreRefusesToReplaceWhatIsThereAgain() {
    cleanUndoably();
    work.file("a/out/app.o", "newer");
    Map<String, String> before = tree.fingerprint();

    CommandLineRun run = lowtide("trash", "restore", text(kept().get(0), "id"), "--json");

    assertThat(run.exit()).isEqualTo(Program.REFUSED);
    assertThat(outcomes(run)).containsExactly("refused");
    assertThat(run.err())
        .isEqualTo(
            "[ERROR] Kept "
                + root
                + "/a/out: "
                + root
                + "/a/out exists again; move it away, or name another place with --to"
                + System.lineSeparator());
    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void restorePutsItElsewhere() {
    cleanUndoably();

    CommandLineRun run =
        lowtide("trash", "restore", text(kept().get(0), "id"), "--to", root + "/old");

    assertThat(run.exit()).isZero();
    assertThat(work.has("old/app.o")).isTrue();
  }

  @Test
  void purgeFreesWhatIsNamedAndLeavesTheRest() {
    CommandLineRun clean = cleanUndoably();

    CommandLineRun run = lowtide("trash", "purge", text(kept().get(0), "id"), "--json");

    assertThat(outcomes(run)).containsExactly("purged");
    assertThat(run.json().get("freedBytes"))
        .isEqualTo(
            clean.json().getAsJsonArray("results").get(0).getAsJsonObject().get("keptBytes"));
    assertThat(kept()).hasSize(1);
  }

  @Test
  void purgeWithoutANameLeavesWhatCanStillBeHadBack() {
    cleanUndoably();

    assertThat(outcomes(lowtide("trash", "purge", "--json"))).isEmpty();
    assertThat(kept()).hasSize(2);
  }

  @Test
  void purgeOfAllLeavesNothingBehind() throws IOException {
    cleanUndoably();

    CommandLineRun run = lowtide("trash", "purge", "--all");

    assertThat(run.exit()).isZero();
    assertThat(run.err()).contains("[SUCCESS] Freed ");
    assertThat(work.names()).containsExactly("a", "b", "src", "src/app.c");
    Path noted = host.stateHome().resolve("lowtide").resolve("quarantines");
    assertThat(noted).isEmptyDirectory();
  }

  @Test
  void purgeOnATerminalAsksBeforeItRemovesWhatCouldBeRestored() {
    cleanUndoably();

    CommandLineRun declined =
        CommandLineRun.answering("n\n", host, "trash", "purge", "--all", "--root", root);

    assertThat(declined.err())
        .contains(root + "/a/out")
        .contains("Permanently remove these 2 items, ")
        .contains("Nothing was removed");
    assertThat(declined.exit()).isEqualTo(Program.FAILED);
    assertThat(kept()).hasSize(2);
    CommandLineRun agreed =
        CommandLineRun.answering("y\n", host, "trash", "purge", "--all", "--root", root);
    assertThat(agreed.exit()).isZero();
    assertThat(kept()).isEmpty();
  }

  @Test
  void purgeAsksWithTheNameOfEachItemWhereItIsVerbose() {
    IntStream.range(0, 20).forEach(i -> work.file("many/" + i + "/out/app.o"));
    cleanUndoably();
    String last = root + "/many/9/out";

    CommandLineRun brief =
        CommandLineRun.answering("n\n", host, "trash", "purge", "--all", "--root", root);
    CommandLineRun verbose =
        CommandLineRun.answering("n\n", host, "trash", "purge", "--all", "-v", "--root", root);

    assertThat(brief.err()).contains("… and 2 more; -v names each").doesNotContain(last);
    assertThat(verbose.err()).contains(last).doesNotContain(" more; -v");
  }

  @Test
  void purgeWithYesDoesNotAsk() {
    cleanUndoably();

    CommandLineRun run =
        CommandLineRun.answering("", host, "trash", "purge", "--all", "--yes", "--root", root);

    assertThat(run.exit()).isZero();
    assertThat(kept()).isEmpty();
  }

  @Test
  void purgeWithoutANameRemovesWhatIsKeptNoLonger() throws Exception {
    lowtide("clean", "--yes", "--undo-for", "1s", "--root", root);
    Thread.sleep(2100); // the end is rounded up to a full second

    assertThat(kept()).allMatch(item -> text(item, "state").equals("expired"));
    assertThat(outcomes(lowtide("trash", "purge", "--json"))).containsExactly("purged", "purged");
  }

  @Test
  void aTrashThatIsNotNotedDownIsFoundByItsRoot() throws IOException {
    cleanUndoably();
    ChildProcess.run(tree.root(), "rm", "-r", host.stateHome().toString());

    assertThat(kept()).isEmpty();
    assertThat(lowtide("trash", "list", "--json", "--root", root).json().getAsJsonArray("items"))
        .hasSize(2);
  }

  @Test
  void aTrashThatIsGoneIsPassedOverAndItsNoteStaysForADiskMayComeBack() {
    cleanUndoably();
    ChildProcess.run(tree.root(), "rm", "-r", root);

    CommandLineRun run = lowtide("trash", "list");

    assertThat(run.out()).isEqualTo("Nothing is kept\n");
    assertThat(run.err()).isEmpty();
    assertThat(host.stateHome().resolve("lowtide").resolve("quarantines")).isNotEmptyDirectory();
  }

  @Test
  void aTrashThatWasReplacedByALinkIsReportedAndNotFollowed() throws IOException {
    cleanUndoably();
    Path trash = Path.of(text(kept().get(0).getAsJsonObject("trash"), "path")).getParent();
    Files.move(trash, tree.path("aside"));
    Files.createSymbolicLink(trash, tree.path("aside"));
    Map<String, String> before = tree.fingerprint();

    CommandLineRun run = lowtide("trash", "purge", "--all");

    assertThat(run.err()).contains("[WARN] ", trash + " is a symbolic link");
    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void anIdThatIsNoneOrSeveralIsAUsageError() {
    cleanUndoably();

    for (String[] args :
        new String[][] {
          {"trash", "restore", "nope"},
          {"trash", "purge", "nope"},
          {"trash", "restore", ""},
          {"trash", "restore"},
          {"trash"},
          {"trash", "purge", "x", "--all"},
          {"trash", "restore", "x", "y", "--to", "z"},
          {"clean", "--yes", "--root", root, "--undo-for", "tomorrow"}
        }) {
      CommandLineRun run = lowtide(args);
      assertThat(run.exit()).as("%s", List.of(args)).isEqualTo(Program.USAGE);
      assertThat(run.err().lines()).hasSize(1);
    }
    assertThat(kept()).hasSize(2);
  }

  /** As if a variable was not set. */
  @Test
  void anEmptyIdIsNotTheOnlyThingThatIsKept() {
    lowtide("clean", "--yes", "--undo-for", "24h", "--root", root, "--keep", "b");
    assertThat(kept()).hasSize(1);

    assertThat(lowtide("trash", "purge", "").exit()).isEqualTo(Program.USAGE);
    assertThat(kept()).hasSize(1);
  }

  @Test
  void aBeginningOfSeveralIdsIsAUsageError() {
    for (int i = 0; i < 16; i++) {
      tree.file("work/more-" + i + "/out/x");
    }
    cleanUndoably();
    Set<String> beginnings = new HashSet<>();
    String ofSeveral = // more ids than there are hexadecimal digits
        kept().stream()
            .map(item -> text(item, "id").substring(0, 1))
            .filter(digit -> !beginnings.add(digit))
            .findFirst()
            .orElseThrow();

    CommandLineRun run = lowtide("trash", "purge", ofSeveral);

    assertThat(run.exit()).isEqualTo(Program.USAGE);
    assertThat(run.err()).contains("Several items have ids that begin with '" + ofSeveral + "'");
    assertThat(kept()).hasSize(18);
  }

  @Test
  void whoNamesWhatToPurgeDoesNotMeanAll() {
    cleanUndoably();

    CommandLineRun run = lowtide("trash", "purge", text(kept().get(0), "id"), "--all");

    assertThat(run.exit()).isEqualTo(Program.USAGE);
    assertThat(kept()).hasSize(2);
  }

  @Test
  void purgingAllLeavesWhatHasTakenThePlaceOfAnItem() throws IOException {
    cleanUndoably();
    Path taken = Path.of(text(kept().get(0).getAsJsonObject("trash"), "path"));
    Files.move(taken, tree.path("aside"));
    Files.createDirectory(taken);
    Files.writeString(taken.resolve("notes"), "somebody's");

    CommandLineRun run = lowtide("trash", "purge", "--all", "--json");

    assertThat(run.exit()).isZero();
    assertThat(outcomes(run)).containsExactly("purged");
    assertThat(taken.resolve("notes")).exists();
  }

  @Test
  void applyKeepsToo() {
    String plan = tree.path("plan.json").toString();
    lowtide("plan", "--root", root, "-o", plan);

    lowtide("apply", plan, "--yes", "--undo-for", "2 weeks");

    assertThat(kept()).hasSize(2);
  }

  @Test
  void theSummarySaysWhatIsKept() {
    CommandLineRun run = lowtide("clean", "--yes", "--undo-for", "24h", "--root", root);

    assertThat(run.err()).contains("[INFO] " + root + "/a/out: kept until ");
    assertThat(run.err().lines().reduce((first, second) -> second).get())
        .startsWith("[SUCCESS] Freed 0 B, and kept ")
        .endsWith(" for 'lowtide trash restore' or 'lowtide trash purge'");
  }
}
