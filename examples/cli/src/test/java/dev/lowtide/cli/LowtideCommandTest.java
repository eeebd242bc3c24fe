package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The options that all commands share, and {@code policies}. */
class LowtideCommandTest {
  private @TempDir Path directory;
  private HostEnvironment host;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    host = CommandLineRun.host(directory.toRealPath());
    tree = TestTree.in(directory.toRealPath()).file("home/.cache/sample/archive");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "size", "policies", "plan", "clean", "apply", "baseline", "verify"})
  void everyHelpEndsWithTwoExamples(String command) {
    CommandLineRun run =
        command.isEmpty()
            ? CommandLineRun.of(host, "--help")
            : CommandLineRun.of(host, command, "--help");

    assertThat(run.exit()).isZero();
    assertThat(run.err()).isEmpty();
    String examples = run.out().substring(run.out().indexOf("Examples:"));
    assertThat(examples.lines().skip(1))
        .hasSize(2)
        .allMatch(line -> line.startsWith("  lowtide " + command));
  }

  @Test
  void knowsItsVersion() {
    assertThat(CommandLineRun.of(host, "--version").out()).matches("lowtide [0-9]+\\.[0-9].*\\s+");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-v size %s", "size -v %s"})
  void saysWhichJdkAndProbeWhenAsked(String command) {
    CommandLineRun run = CommandLineRun.of(host, String.format(command, tree.root()).split(" "));

    assertThat(run.err().lines())
        .singleElement()
        .asString()
        .startsWith("[INFO] lowtide ")
        .contains("JDK " + Runtime.version())
        .containsAnyOf("portable probe", "linux probe");
  }

  @Test
  void showsWhereAnErrorCameFromOnlyWhenAsked() {
    assertThat(CommandLineRun.of(host, "plan", "--root", "/").err()).doesNotContain("\tat ");
    assertThat(CommandLineRun.of(host, "-v", "plan", "--root", "/").err()).contains("\tat ");
  }

  @Test
  void listsThePolicies() {
    assertThat(CommandLineRun.of(host, "policies").out())
        .isEqualTo(
            """
            ID            REMOVES        COST      WHERE
            sample.out    build outputs  compute   any --root
            sample.cache  downloads      download  $cache
            """
                .replace("$cache", SamplePolicies.cache(host).toString()));
  }

  @Test
  void listsThePoliciesAsADocument() {
    assertThat(CommandLineRun.of(host, "policies", "--json").json())
        .isEqualTo(
            CommandLineRun.document(
                """
                {'schema': 1, 'policies': [
                  {'id': 'sample.out', 'description': 'build outputs', 'cost': 'COMPUTE',
                   'inRoots': true, 'locations': []},
                  {'id': 'sample.cache', 'description': 'downloads', 'cost': 'DOWNLOAD',
                   'inRoots': false,
                   'locations': [{'id': 'sample-cache', 'path': '$path', 'uri': '$uri'}]}]}
                """,
                Map.of(
                    "path", SamplePolicies.cache(host),
                    "uri", Printable.uri(SamplePolicies.cache(host)))));
  }
}
