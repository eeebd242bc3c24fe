package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement.Exists;
import dev.lowtide.policy.Requirement.SameContent;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every document that the command writes is valid by {@code docs/schema}. */
class SchemaTest {
  private @TempDir Path directory;
  private HostEnvironment host;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree =
        TestTree.in(directory.toRealPath())
            .file("work/out/a", 5000)
            .file("work/kept/out/b", 5000)
            .file("work/line\nend")
            .file("home/.cache/sample/archive", 100);
    host = CommandLineRun.host(tree.root());
  }

  /** A schema, a command line, and the file that it writes if that is the document. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          size         | size --json WORK                                              |
          size         | size --json --depth 2 --top 3 WORK                            |
          policies     | policies --json                                               |
          plan         | plan --root WORK --keep kept --json                           |
          plan         | plan --root WORK --caches -o FILE                             | FILE
          cleanup      | clean --root WORK --keep kept --dry-run --json                |
          cleanup      | clean --root WORK --keep kept --yes --json                    |
          cleanup      | clean --root WORK --keep kept --yes --undo-for 1h --json      |
          cleanup      | apply PLAN --yes --json                                       |
          trash-list   | trash list --root WORK --json                                 |
          trash-result | trash purge --root WORK --all --json                          |
          baseline     | baseline --location work=WORK -o FILE                         | FILE
          verify       | verify --location work=WORK --json -- true                    |
          verify       | verify --location work=WORK --json -- cp WORK/out/a WORK/leak |
          verify       | verify --baseline BASELINE --json                             |
          verify       | verify --budget sample.size<1KiB --json                       |
          verify       | verify --budget sample.size<1B --json                         |
          guard        | guard --once --root WORK --min-free 100% --json                |
          guard        | guard --root WORK --min-free 1kB --json -- true               |
          history      | history --json                                                |
          doctor       | doctor --root WORK --min-free 1KiB --json                     |
          doctor       | doctor --root WORK --min-free 1000TiB --json                  |
          """)
  void describesWhatIsWritten(String schema, String commandLine, String file) throws IOException {
    Path plan = tree.path("plan.json");
    Path baseline = tree.path("baseline.json");
    prepare("plan", "--root", tree.path("work").toString(), "-o", plan.toString());
    prepare("baseline", "--location", "work=" + tree.path("work"), "-o", baseline.toString());
    Path written = tree.path("written.json");
    if (schema.startsWith("trash")) {
      prepare("clean", "--root", tree.path("work").toString(), "--yes", "--undo-for", "1h");
    }

    CommandLineRun run =
        CommandLineRun.of(
            host,
            commandLine
                .replace("BASELINE", baseline.toString())
                .replace("PLAN", plan.toString())
                .replace("WORK", tree.path("work").toString())
                .replace("FILE", written.toString())
                .split(" +"));

    assertThat(run.err()).doesNotContain("lowtide: ");
    Schemas.assertValid(schema, file == null ? run.out() : Files.readString(written));
  }

  private void prepare(String... arguments) {
    assertThat(CommandLineRun.of(host, arguments).exit()).isZero();
  }

  @Test
  void describesAPlanWithAllThereCanBe() throws IOException {
    Policy policy =
        new Policy() {
          @Override
          public String id() {
            return "sample.all";
          }

          @Override
          public String description() {
            return "everything";
          }

          @Override
          public RebuildCost cost() {
            return RebuildCost.DOWNLOAD;
          }

          @Override
          public List<CommandShape> commands() {
            return List.of(CommandShape.of("tool", "clean"), CommandShape.of("server", "stop"));
          }

          @Override
          public List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
            Entry record = snapshot.entry(Path.of("record")).orElseThrow();
            return List.of(
                Candidate.delete(record, Cause.ORPHANED, cost(), "it is about nothing"),
                everything(snapshot.entry(Path.of("out")).orElseThrow(), record.path()));
          }
        };
    TestTree work =
        TestTree.in(tree.path("work"))
            .file("out/MARK", "one")
            .file("record")
            .file("lock")
            .file("same", "one");

    CleanupPlan plan =
        TestMachine.lowtide(work, policy).build().plan(CleanupTarget.of("work", work.root()));

    assertThat(plan.items()).as(plan.explain()).hasSize(2);
    assertThat(plan.toJson()).contains("argv", "requires", "after", "locks", "marker");
    Schemas.assertValid("plan", plan.toJson());
  }

  private static Candidate everything(Entry entry, Path record) {
    return Candidate.of(
            new RunCommand(entry.path(), List.of("tool", "clean")),
            Cause.SUPERSEDED,
            RebuildCost.DOWNLOAD,
            "it is old",
            Instant.EPOCH)
        .requiring(new RunCommand(entry.path(), List.of("server", "stop")))
        .requiring(new SameContent(entry.path().resolve("MARK"), record.resolveSibling("same")))
        .requiring(new Exists(entry.path().getParent(), entry.parent().orElseThrow().identity()))
        .onlyAfter(record)
        .holding(record.resolveSibling("lock"))
        .withMarker(new Marker("MARK", ""));
  }

  @Test
  void describesWhatTheInstalledPoliciesFind() {
    for (String project : List.of("one", "two")) {
      tree.file("work/" + project + "/Cargo.toml", "[workspace]")
          .file("work/" + project + "/Cargo.lock", "version = 4")
          .file("work/" + project + "/target/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning())
          .file("work/" + project + "/target/.rustc_info.json", "{}")
          .file("work/" + project + "/target/debug/deps/libserde-0123456789abcdef.rlib", 5000);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    Main.run(
        new String[] {"doctor", "--root", tree.path("work").toString(), "--json"},
        host,
        InputStream.nullInputStream(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        System.err);

    String document = out.toString(StandardCharsets.UTF_8);
    assertThat(document).contains("rust.duplicate-targets", "rust.target-dir-not-shared");
    Schemas.assertValid("doctor", document);
  }

  static List<String> schemas() {
    return Schemas.names();
  }

  /** Otherwise a new key could remain without a description. */
  @ParameterizedTest
  @MethodSource("schemas")
  void admitsNoKeyThatIsNotDescribed(String schema) {
    JsonObject root = JsonParser.parseString(Schemas.text(schema)).getAsJsonObject();

    assertThat(root.get("$schema").getAsString())
        .isEqualTo("https://json-schema.org/draft/2020-12/schema");
    assertThat(objects(root)).isNotEmpty().allMatch(each -> each.has("additionalProperties"));
  }

  private static Stream<JsonObject> objects(JsonElement schema) {
    if (schema.isJsonArray()) {
      return schema.getAsJsonArray().asList().stream().flatMap(SchemaTest::objects);
    } else if (!schema.isJsonObject()) {
      return Stream.empty();
    }
    JsonObject object = schema.getAsJsonObject();
    Stream<JsonObject> inner = object.asMap().values().stream().flatMap(SchemaTest::objects);
    JsonElement type = object.get("type");
    boolean isObject =
        type != null && type.isJsonPrimitive() && type.getAsString().equals("object");
    return isObject ? Stream.concat(Stream.of(object), inner) : inner;
  }

  @Test
  void findsAKeyThatIsNotDescribed() {
    JsonObject document = CommandLineRun.of(host, "policies", "--json").json();
    document.getAsJsonArray("policies").get(0).getAsJsonObject().addProperty("extra", 1);

    assertThat(Schemas.errors("policies", document.toString()))
        .singleElement()
        .asString()
        .contains("extra");
  }
}
