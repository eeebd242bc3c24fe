package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.PolicyJar;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Policies of other authors in the command: where they are found, and which are not loaded. */
class PolicyJarsTest {
  @TempDir Path directory;
  private HostEnvironment host;

  @BeforeEach
  void makeAMachine() throws IOException {
    Files.createDirectory(directory.resolve("home"));
    host = CommandLineRun.host(directory);
  }

  @Test
  void thoseOfAJarThatIsNamedAreUsed() {
    CommandLineRun run = policies("--policies-path", jar("go"));

    assertThat(run.out()).contains("go.temporary");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void aNamedDirectoryStandsForTheJarsInIt() {
    jar("go");
    jar("npm");

    assertThat(policies("--policies-path", directory.toString()).out())
        .contains("go.temporary", "npm.temporary");
  }

  @Test
  void thoseThatTheVariableNamesAreUsed() {
    String jars = jar("go") + ":" + jar("npm");
    host =
        host.withVariables(
            variables -> {
              Map<String, String> more = new HashMap<>(variables);
              more.put("LOWTIDE_POLICIES", jars);
              return more;
            });

    assertThat(policies().out()).contains("go.temporary", "npm.temporary");
  }

  @Test
  void thoseInTheUsersOwnDirectoryAreUsed() throws IOException {
    Path own = Files.createDirectories(host.configHome().resolve("lowtide/policies"));
    Files.move(Path.of(jar("go")), own.resolve("go.jar"));

    assertThat(policies().out()).contains("go.temporary");
  }

  @Test
  void theyPlanAsOurOwnDo() {
    TestTree tree = TestTree.in(directory.resolve("work")).file("src/go.tmp");

    CommandLineRun run =
        CommandLineRun.of(
            host, "plan", "--root", tree.root().toString(), "--policies-path", jar("go"));

    assertThat(run.out()).contains("src/go.tmp", "go.temporary: go writes it again");
  }

  @Test
  void theListSaysWhichJarAPolicyComesFrom() {
    String jar = jar("go");

    assertThat(policies("--policies-path", jar).out().lines())
        .anyMatch(line -> line.startsWith("go.temporary ") && line.endsWith(jar))
        .anyMatch(line -> line.startsWith("sample.") && line.endsWith("lowtide"));
    JsonObject document = policies("--json", "--policies-path", jar).json();
    assertThat(StreamSupport.stream(document.getAsJsonArray("policies").spliterator(), false))
        .map(JsonElement::getAsJsonObject)
        .filteredOn(policy -> policy.has("jar"))
        .extracting(policy -> policy.getAsJsonObject("jar").get("path").getAsString())
        .containsExactly(jar);
  }

  @Test
  void aFileThatIsNoJarLeavesTheOthers() throws IOException {
    String broken = Files.writeString(directory.resolve("broken.jar"), "no jar").toString();

    assertLeftOut(broken, "zip");
  }

  @Test
  void aJarThatIsNotThereLeavesTheOthers() {
    assertLeftOut(directory.resolve("gone.jar").toString(), "it does not exist");
  }

  @Test
  void aJarWithoutProvidersLeavesTheOthers() {
    assertLeftOut(
        PolicyJar.in(directory).write("empty.jar").toString(), "no provider in it can be loaded");
  }

  @Test
  void aProviderThatFailsAtOnceLeavesTheOthers() {
    String failing =
        PolicyJar.in(directory)
            .source(
                "failing.Provider",
                """
                package failing;
                import dev.lowtide.*; import dev.lowtide.policy.*; import java.util.*;
                public final class Provider implements PolicyProvider {
                  @Override public String ecosystem() { return "failing"; }
                  @Override public List<CleanupTarget> discover(HostEnvironment host) { return List.of(); }
                  @Override public List<Policy> policies(Map<String, String> settings) {
                    throw new NoSuchMethodError("of an older Lowtide");
                  }
                }
                """)
            .naming("failing.Provider")
            .write("failing.jar")
            .toString();

    assertLeftOut(failing, "of an older Lowtide");
  }

  /** Of each kind one command: those that ask for the caches, and one that only plans a root. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "policies",
        "plan --root ROOT",
        "plan --root ROOT --caches",
        "clean --root ROOT --caches --dry-run",
        "clean --root ROOT --caches --dry-run --json",
        "guard --once --min-free 1B --root ROOT --caches",
        "verify -- true",
        "baseline -o NEW",
        "doctor --root ROOT --min-free 1B"
      })
  void aProviderWhoseCachesCannotBeFoundDoesNotEndTheCommand(String command) throws IOException {
    TestTree tree = TestTree.in(directory.resolve("work")).file("src/go.tmp");
    String failing =
        PolicyJar.in(directory)
            .provider("failing", "throw new IllegalStateException(\"no\\nhome\");")
            .write("failing.jar")
            .toString();
    List<String> args = new ArrayList<>();
    for (String word : Splitter.on(' ').split(command)) {
      args.add(
          switch (word) {
            case "ROOT" -> tree.root().toString();
            case "NEW" -> directory.resolve("new.json").toString();
            default -> word;
          });
    }
    args.addAll(1, List.of("--policies-path", failing, "--policies-path", jar("go")));

    CommandLineRun run = CommandLineRun.of(host, args.toArray(String[]::new));

    assertThat(run.exit()).as(run.err()).isEqualTo(command.startsWith("doctor") ? 1 : 0);
    assertThat((run.out() + run.err()).lines())
        .filteredOn(line -> line.contains("IllegalStateException"))
        .singleElement()
        .asString()
        .contains("The policies of failing cannot say");
    assertThat(run.out()).doesNotContain("\tat ");
    if (command.startsWith("plan")) {
      assertThat(run.out()).contains("go.temporary: go writes it again");
    }
  }

  @Test
  void aSecondProviderOfAnEcosystemIsLeftOut() {
    String second = PolicyJar.in(directory).provider("sample").write("second.jar").toString();

    assertLeftOut(second, "there are policies for sample already");
  }

  @Test
  void aJarThatOthersCanChangeIsLeftOut() throws IOException {
    String open = PolicyJar.in(directory).provider("open").write("open.jar").toString();
    Files.setPosixFilePermissions(Path.of(open), PosixFilePermissions.fromString("rw-rw-rw-"));

    assertLeftOut(open, "all users may write");
  }

  @Test
  void aJarInADirectoryThatOthersCanChangeIsLeftOut() throws IOException {
    Path open = Files.createDirectory(directory.resolve("open"));
    String jar = PolicyJar.in(open).provider("open").write("open.jar").toString();
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

    assertLeftOut(jar, "all users may write");
  }

  /** One line says why, the jar beside it works, and the command does its work. */
  private void assertLeftOut(String jar, String why) {
    CommandLineRun run = policies("--policies-path", jar, "--policies-path", jar("go"));

    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("go.temporary", "sample.");
    assertThat(run.err().lines().toList())
        .singleElement()
        .asString()
        .startsWith("[WARN] The policies of " + jar + " are left out: ")
        .contains(why);
  }

  private CommandLineRun policies(String... options) {
    List<String> args = new ArrayList<>(List.of("policies"));
    args.addAll(List.of(options));
    return CommandLineRun.of(host, args.toArray(String[]::new));
  }

  private String jar(String ecosystem) {
    return PolicyJar.in(directory).provider(ecosystem).write(ecosystem + ".jar").toString();
  }
}
