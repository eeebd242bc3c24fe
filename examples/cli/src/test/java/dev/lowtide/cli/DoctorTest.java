package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir Path directory;
  private TestTree tree;
  private HostEnvironment host;

  @BeforeEach
  void plantTree() throws IOException {
    tree = TestTree.in(directory.toRealPath()).directory("work").directory("home").directory("tmp");
    host = CommandLineRun.host(tree.root());
  }

  @Test
  void endsWithZeroWhereNothingIsFound() {
    CommandLineRun run = CommandLineRun.of(host, "doctor", "--min-free", "1KiB");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).isEqualTo("Nothing found.\n");
  }

  @Test
  void endsWithOneForAnErrorAndSaysWhatToDo() {
    CommandLineRun run = CommandLineRun.of(host, "doctor", "--min-free", "1000TiB");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out())
        .startsWith("ERROR   " + tree.path("home"))
        .contains("host.free-space: ", "less than 1000 TiB", "lowtide plan --caches");
  }

  @Test
  void printsOneJsonDocument() {
    CommandLineRun run =
        CommandLineRun.of(
            host, "doctor", "--min-free", "1000TiB", "--root", tree.path("work") + "", "--json");

    JsonArray findings = run.json().getAsJsonArray("findings");
    assertThat(run.json().get("schema").getAsInt()).isEqualTo(1);
    assertThat(findings).hasSize(1);
    JsonObject finding = findings.get(0).getAsJsonObject();
    assertThat(finding.keySet()).containsExactly("id", "severity", "where", "message", "remedy");
    assertThat(finding.get("severity").getAsString()).isEqualTo("error");
    assertThat(finding.get("where").getAsString()).isEqualTo(tree.path("work").toString());
  }

  @Test
  void saysWhichSettingMakesNoSense() {
    tree.file("ci.toml", "[settings.sample]\nnonsense = \"1\"\n");

    CommandLineRun run = CommandLineRun.of(host, "doctor", "--config", tree.path("ci.toml") + "");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("nonsense").hasLineCount(1);
  }

  @Test
  void refusesAWorkspaceThatIsNotThere() {
    CommandLineRun run = CommandLineRun.of(host, "doctor", "--root", tree.path("none") + "");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("There is no directory '" + tree.path("none") + "'");
  }
}
