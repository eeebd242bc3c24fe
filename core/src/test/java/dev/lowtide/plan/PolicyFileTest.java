package dev.lowtide.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.CleanupTarget.Kind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyFileTest {
  private final TestTree tree = TestTree.inMemory();

  private PolicyFile read(String toml) throws IOException {
    tree.file("lowtide.toml", toml);
    return PolicyFile.read(tree.path("lowtide.toml"), List.of(new Brewing()));
  }

  /** As the guides print them: in TOML, a dot makes a table in a table. */
  @Test
  void settingsWithDotsAreTakenAsTheyArePrinted() throws IOException {
    PolicyFile file = read("[settings.brewing]\nmash.degrees = 67\n\"mash.minutes\" = \"60\"\n");

    assertThat(file.policies().settings())
        .isEqualTo(Map.of("brewing", Map.of("mash.degrees", "67", "mash.minutes", "60")));
  }

  @Test
  void holdsWhatTheBuilderWouldBeGiven() throws IOException {
    PolicyFile file =
        read(
            """
            policies = ["brewing.mash"]

            [[targets]]
            path = "."
            keep = ["dist", "*.whl"]

            [[targets]]
            id = "shared"
            path = "/var/cache/build"
            kind = "cache"

            [limits]
            older-than = "7d"
            max-size = "10GB"
            keep-newest = 3
            grace-period = "2h"

            [settings.brewing]
            degrees = 67
            """);

    assertThat(file)
        .isEqualTo(
            new PolicyFile(
                List.of(
                    CleanupTarget.of("workspace-1", tree.root()).keeping("dist", "*.whl"),
                    CleanupTarget.cache("shared", tree.root().resolve("/var/cache/build"))),
                new PolicyProvider.Selection(
                    Set.of("brewing.mash"), Map.of("brewing", Map.of("degrees", "67"))),
                new Retention(
                    Optional.of(Duration.ofDays(7)),
                    Optional.of(ByteSize.parse("10GB")),
                    OptionalInt.of(3)),
                SpaceGoal.NONE,
                Optional.of(Duration.ofHours(2))));
  }

  @Test
  void anEmptyFileAsksAllPoliciesNowhere() throws IOException {
    assertThat(read(""))
        .isEqualTo(
            new PolicyFile(
                List.of(),
                PolicyProvider.Selection.ALL,
                Retention.NONE,
                SpaceGoal.NONE,
                Optional.empty()));
  }

  @Test
  void pathsAreRelativeToTheFile() throws IOException {
    tree.file("ci/lowtide.toml", "[[targets]]\npath = \"build\"\nkind = \"temporary\"\n");

    PolicyFile file = PolicyFile.read(tree.path("ci/lowtide.toml"), List.of());

    assertThat(file.targets())
        .containsExactly(
            new CleanupTarget("temporary-1", Kind.TEMPORARY, tree.path("ci/build"), Set.of()));
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "policy = []                                |1| Unknown key 'policy'; the known keys are"
            + " limits,",
        "\\n"
            + "[limits]\\n"
            + "older = '7d'                 |3| Unknown key 'older' in limits; the known keys are",
        "[[targets]]\\n"
            + "path = 'a'\\n"
            + "keeep = ['b']   |3| Unknown key 'keeep' in targets; the known keys are",
        "policies = ['nix']                         |1| There is no policy 'nix'; there are",
        "policies = 'brewing'                       |1| 'policies' must be a list of strings",
        "policies = [1]                             |1| 'policies' must be a list of strings",
        "\\ntargets = 'here'                        |2| 'targets' must be a list of tables",
        "[targets]\\npath = 'a'                     |1| 'targets' must be a list of tables",
        "limits = 1                                 |1| 'limits' must be a table",
        "[[targets]]\\nkeep = ['a']                 |1| The target has no path",
        "[[targets]]\\npath = ''                    |2| the path is empty",
        "[[targets]]\\npath = '..'                  |2| it contains '..'",
        "[[targets]]\\npath = '~/x'                 |2| '~' was not expanded",
        "[[targets]]\\npath = 'a'\\nkind = 'attic'  |3| 'attic' is not a kind of target; write",
        "[[targets]]\\npath = 'a'\\nkeep = ['/b']   |3| write it relative to the root",
        "[limits]\\nolder-than = 'soon'             |2| 'soon' is not a duration",
        "[limits]\\nmax-size = 'huge'               |2| 'huge' is not a size",
        "[limits]\\nkeep-newest = -1                |2| '-1' is not a number of items to keep",
        "[settings.brewing]\\nhops = 1              |1| There is no setting 'hops'",
        "[settings.nix]\\n"
            + "store = 1                 |1| Unknown key 'nix' in settings; the known keys are",
        "a = [                                      |1| ",
      })
  void saysWhatIsWrongInWhichLine(String toml, int line, String problem) {
    assertThatExceptionOfType(PolicyFile.FormatException.class)
        .isThrownBy(() -> read(toml.replace("\\n", "\n")))
        .withMessageStartingWith("/tree/lowtide.toml:" + line + ": ")
        .withMessageContaining(problem == null ? "" : problem)
        .satisfies(e -> assertThat(e.line()).isEqualTo(line))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void theExampleInTheDocumentationIsRead() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "policy-file.md"));
    String example = page.substring(page.indexOf("```toml") + 7);
    tree.file("lowtide.toml", example.substring(0, example.indexOf("```")));

    PolicyFile file =
        PolicyFile.read(tree.path("lowtide.toml"), List.of(new Brewing("python", "bytecode")));

    assertThat(file.targets())
        .extracting(CleanupTarget::id)
        .containsExactly("checkout", "pip-cache");
    assertThat(file.retention().isNone()).isFalse();
  }

  /** An ecosystem with one policy and one setting. */
  private record Brewing(String ecosystem, String name) implements PolicyProvider {
    Brewing() {
      this("brewing", "mash");
    }

    @Override
    public List<CleanupTarget> discover(HostEnvironment host) {
      return List.of();
    }

    @Override
    public List<Policy> policies(Map<String, String> settings) {
      for (String setting : settings.keySet()) {
        if (!Set.of("degrees", "mash.degrees", "mash.minutes").contains(setting)) {
          throw new IllegalArgumentException("There is no setting '" + setting + "'");
        }
      }
      return List.of(new Mash(ecosystem + "." + name));
    }
  }

  private record Mash(String id) implements Policy {
    @Override
    public String description() {
      return "mash";
    }

    @Override
    public RebuildCost cost() {
      return RebuildCost.TRIVIAL;
    }

    @Override
    public List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
      return List.of();
    }
  }
}
