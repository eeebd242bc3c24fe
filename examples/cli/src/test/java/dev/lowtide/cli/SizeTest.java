package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.kib;
import static dev.lowtide.testing.TestTree.mib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lowtide.HostEnvironment;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code size}, compared with an independent walk and with du. */
class SizeTest {
  private @TempDir Path directory;
  private HostEnvironment host;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    Path real = directory.toRealPath();
    host = CommandLineRun.host(real);
    tree =
        TestTree.in(real)
            .directory("home")
            .file("outside", kib(20))
            .file("work/large/a", kib(40))
            .hardLink("work/large/second-name-of-a", "work/large/a")
            .hardLink("work/name-of-outside", "outside")
            .file("work/small/b", 10)
            .link("work/link", "large/a")
            .link("work/dangling", "nowhere")
            .directory("work/empty");
    try (RandomAccessFile sparse =
        new RandomAccessFile(tree.path("work/sparse").toString(), "rw")) {
      sparse.setLength(mib(3));
    }
  }

  private CommandLineRun size(String... args) {
    String[] all = new String[args.length + 1];
    all[0] = "size";
    System.arraycopy(args, 0, all, 1, args.length);
    return CommandLineRun.of(host, all);
  }

  private JsonObject root(String path) {
    return size("--json", tree.path(path).toString())
        .json()
        .getAsJsonArray("roots")
        .get(0)
        .getAsJsonObject();
  }

  @Test
  void isTheDocumentOfTheContract() {
    JsonObject file = root("outside");

    assertThat(size("--json", tree.path("outside").toString()).json())
        .isEqualTo(
            CommandLineRun.document(
                """
                {'schema': 1, 'roots': [
                  {'path': '$path', 'uri': '$uri', 'apparentBytes': 20480,
                   'allocatedBytes': 20480, $exact, 'sharedBytes': 20480,
                   'files': 1, 'directories': 0, 'others': 0, 'unreadable': 0,
                   'probe': $probe, 'incremental': false, 'problems': []}]}
                """,
                Map.of(
                    "path", tree.path("outside"),
                    "uri", tree.path("outside").toUri(),
                    "exact",
                        file.get("allocatedExact").getAsBoolean()
                            ? "\"allocatedExact\": true"
                            : "\"allocatedExact\": false, \"bound\": \"about\"",
                    "probe", file.get("probe"))));
  }

  @Test
  void agreesWithAnIndependentWalk() throws IOException {
    Set<Object> inodes = new HashSet<>();
    long apparent = 0;
    long files = 0;
    long directories = 0;
    long others = 0;
    try (Stream<Path> walk = Files.walk(tree.path("work"))) {
      for (Path path : walk.toList()) {
        BasicFileAttributes attributes =
            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.isDirectory()) {
          directories++;
        } else if (inodes.add(attributes.fileKey())) {
          files += attributes.isRegularFile() ? 1 : 0;
          others += attributes.isRegularFile() ? 0 : 1;
          apparent += attributes.size();
        }
      }
    }

    JsonObject measured = root("work");

    assertThat(measured.get("files").getAsLong()).isEqualTo(files).isEqualTo(4);
    assertThat(measured.get("directories").getAsLong()).isEqualTo(directories).isEqualTo(4);
    assertThat(measured.get("others").getAsLong()).isEqualTo(others).isEqualTo(2);
    assertThat(measured.get("apparentBytes").getAsLong()).isEqualTo(apparent);
    assertThat(measured.get("sharedBytes").getAsLong()).isEqualTo(kib(20));
    assertThat(measured.get("unreadable").getAsLong()).isZero();
  }

  @Test
  void agreesWithDuWhereAllocatedBytesAreExact() throws Exception {
    JsonObject measured = root("work");
    assumeTrue(
        measured.get("allocatedExact").getAsBoolean(),
        "allocated bytes are estimates in the portable probe");
    Process du = new ProcessBuilder("du", "-s", "-x", "-B1", tree.path("work").toString()).start();
    String line = new String(du.getInputStream().readAllBytes());

    assertThat(measured.get("allocatedBytes").getAsLong())
        .isEqualTo(Long.parseLong(line.split("\t")[0]));
  }

  @Test
  void saysWhatWouldComeFreeAloneIfThatIsAskedFor() {
    String work = tree.path("work").toString();
    assumeTrue(
        SizeProbe.best().name().equals("linux"), "skipped: only the native layer can answer");

    JsonObject root =
        size("--exclusive", "--json", work).json().getAsJsonArray("roots").get(0).getAsJsonObject();
    JsonObject exclusive = root.getAsJsonObject("exclusive");

    assertThat(exclusive.get("sharedBytes").getAsLong()).isEqualTo(kib(20));
    assertThat(exclusive.get("ownBytes").getAsLong())
        .isEqualTo(root.get("allocatedBytes").getAsLong() - kib(20));
  }

  @Test
  void refusesTheQuestionOfWhatIsSharedWhereItCannotBeAnswered() {
    assumeTrue(!SizeProbe.best().name().equals("linux"), "skipped: it can be answered here");

    CommandLineRun run = size("--exclusive", tree.path("work").toString());

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("--exclusive does not work here");
  }

  @Test
  void showsPackagesTheLargestFirst() {
    String cache =
        tree.file("work/packages/small/x", kib(30))
            .file("work/packages/large/x", kib(60))
            .hardLink("work/y", "work/packages/small/x")
            .path("work/packages")
            .toString();
    CommandLineRun run = size("--by", "package", "--json", cache);
    Schemas.assertValid("size", run.out());
    JsonArray packages =
        run.json().getAsJsonArray("roots").get(0).getAsJsonObject().getAsJsonArray("packages");

    assertThat(packages)
        .extracting(each -> each.getAsJsonObject().get("name").getAsString())
        .containsExactly("package large", "package small");
    assertThat(packages)
        .extracting(each -> each.getAsJsonObject().get("sharedBytes").getAsLong())
        .containsExactly(0L, kib(32)); // whole blocks
    assertThat(size("--by", "package", "--top", "1", cache).out())
        .contains("package large", cache)
        .doesNotContain("package small");
  }

  @Test
  void refusesToShowPackagesOfWhatHasNone() {
    CommandLineRun run = size("--by", "package", tree.path("work/large").toString());

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err())
        .contains(
            "There are no known packages in " + tree.path("work/large"), "name a cache of uv");
    assertThat(size("--by", "package", "--depth", "1").exit()).isEqualTo(2);
  }

  @Test
  void measuresTheWorkingDirectoryUnlessAPathIsNamed() {
    CommandLineRun run = size("--json");

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.json().getAsJsonArray("roots").get(0).getAsJsonObject().get("path"))
        .isEqualTo(new JsonPrimitive(Path.of("").toAbsolutePath().toString()));
  }

  @Test
  void remembersTheSizeOfACacheUnlessAllOfItMustBeRead() throws IOException {
    tree.file("home/.cache/sample/1a2b", kib(4));
    Path remembered = tree.path("home/.cache/lowtide/sizes");

    size("--full", tree.path("home/.cache/sample").toString());
    size(tree.path("work").toString());
    assertThat(remembered).doesNotExist();

    assertThat(root("home/.cache/sample").get("files").getAsLong()).isEqualTo(1);
    assertThat(remembered).isNotEmptyDirectory();
  }

  @Test
  void saysWhetherTheNumberWasTakenIncrementally() throws IOException {
    Path old = Path.of("src").toRealPath(); // a recent change would be read again
    Path link = tree.link("home/.cache/sample", old.toString()).path("home/.cache/sample");

    assertThat(isIncremental("--json", old.toString())).isFalse();
    assertThat(isIncremental("--json", old.toString())).isTrue();
    assertThat(isIncremental("--json", "--full", old.toString())).isFalse();
    assertThat(isIncremental("--json", "--depth", "1", old.toString())).isFalse();
    Files.delete(link);
  }

  private boolean isIncremental(String... args) {
    return size(args)
        .json()
        .getAsJsonArray("roots")
        .get(0)
        .getAsJsonObject()
        .get("incremental")
        .getAsBoolean();
  }

  /** Loading all providers takes longer than measuring a small tree. */
  @Test
  void asksNobodyWhereToReadEverythingOrNoDirectory() {
    Session session =
        new Session(
            host,
            InputStream.nullInputStream(),
            new PrintStream(OutputStream.nullOutputStream()),
            new PrintStream(OutputStream.nullOutputStream()),
            false,
            () -> {
              throw new AssertionError("asked");
            });

    for (List<String> args :
        List.of(
            List.of("--full", tree.path("work").toString()),
            List.of("--top", "3", tree.path("work").toString()),
            List.of(tree.path("outside").toString()))) {
      assertThat(
              new CommandLine(new SizeCommand(session).command())
                  .execute(args.toArray(new String[0])))
          .isZero();
    }
  }

  @Test
  void measuresALinkAndNotWhatItLeadsTo() {
    JsonObject link = root("work/link");

    assertThat(link.get("files").getAsLong()).isZero();
    assertThat(link.get("others").getAsLong()).isEqualTo(1);
  }

  @Test
  void showsTheLargestFirst() {
    CommandLineRun run = size("--json", "--top", "2", tree.path("work/large").getParent() + "");

    assertThat(
            run.json().getAsJsonArray("roots").get(0).getAsJsonObject().getAsJsonArray("entries"))
        .extracting(entry -> entry.getAsJsonObject().get("allocatedBytes").getAsLong())
        .hasSize(2)
        .isSortedAccordingTo((a, b) -> Long.compare(b, a));
  }

  @Test
  void showsAsManyLevelsAsAreAskedFor() {
    assertThat(lastColumn(size("--depth", "1", tree.path("work").toString())))
        .contains(tree.path("work/large").toString(), tree.path("work").toString())
        .doesNotContain(tree.path("work/large/a").toString());
    assertThat(lastColumn(size("--depth", "2", tree.path("work").toString())))
        .contains(tree.path("work/large/a").toString());
  }

  private static List<String> lastColumn(CommandLineRun run) {
    return run.out().lines().map(line -> line.substring(line.lastIndexOf(' ') + 1)).toList();
  }

  @Test
  void measuresTheOtherPathsWhenOneIsNotThere() {
    CommandLineRun run = size("--json", tree.path("none").toString(), tree.path("work").toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err().lines()).containsExactly("lowtide: there is no " + tree.path("none"));
    assertThat(run.json().getAsJsonArray("roots")).hasSize(1);
  }

  @Test
  void takesAnyPathThatExists() {
    assertThat(root("work/small/../large/.").get("path").getAsString())
        .isEqualTo(tree.path("work/large").toString());
    assertThat(root("work/./link").get("others").getAsLong()).isEqualTo(1);
  }

  @Test
  void escapesNamesThatWouldForgeALine() {
    tree.file("work/forged\n[SUCCESS] Freed 1 TiB", "x");

    CommandLineRun run = size("--depth", "1", tree.path("work").toString());

    assertThat(run.out()).contains("forged\\n[SUCCESS]");
    assertThat(run.out().lines()).noneMatch(line -> line.startsWith("[SUCCESS]"));
  }
}
