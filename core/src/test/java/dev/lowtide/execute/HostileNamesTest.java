package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PolicyFile;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that are no text, mean something to a terminal or to a program, or cannot be written. */
class HostileNamesTest {
  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(temporary.toRealPath());
  }

  @Test
  void whatIsNotUtf8GoesByItsBytesAndNothingElseDoes() throws IOException {
    tree.file("build/file");
    // Two names that look the same when they are shown
    String make = "cd build; mkdir $'\\xff' $'\\xfe'; echo 1 > $'\\xff/\\xc3'; echo 2 > $'\\xfe/a'";
    ChildProcess.run(tree.root(), "bash", "-ec", make);
    Path first;
    try (Stream<Path> names = Files.list(tree.path("build"))) {
      first =
          names
              .filter(path -> !path.endsWith("file") && !Files.exists(path.resolve("a")))
              .findFirst()
              .orElseThrow();
    }
    Lowtide lowtide =
        TestMachine.lowtide(tree, TestPolicy.deletingEach(entry -> entry.path().equals(first)))
            .build();

    CleanupPlan plan = lowtide.plan(CleanupTarget.of("tree", tree.root()));
    lowtide.apply(CleanupPlan.fromJson(plan.toJson())).orThrow();

    assertThat(first).doesNotExist();
    assertThat(tree.names()).hasSize(4).contains("build/file");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nTo keep:\n  nothing",
        "\u001b[2J\u001b[1;1H",
        "a\rb",
        "\u202egpj.exe",
        "\u0085"
      })
  void whatWouldMoveACursorIsShownEscaped(String name) throws IOException {
    TestTree memory = TestTree.inMemory().file(name + "/file");
    Lowtide lowtide =
        TestMachine.lowtide(
                memory, TestPolicy.deletingEach(entry -> entry.path().equals(memory.path(name))))
            .build();
    CleanupPlan plan = lowtide.plan(CleanupTarget.of("tree", memory.root()));
    CleanupPlan keeping =
        TestMachine.lowtide(memory, TestPolicy.deletingEach(entry -> entry.isDirectory()))
            .keep("*/file")
            .build()
            .plan(CleanupTarget.of("tree", memory.root()));

    for (CleanupPlan each : List.of(plan, keeping)) {
      assertThat(each.explain()).contains("\\").doesNotContain(name);
      assertThat(each.explain().codePoints())
          .noneMatch(c -> c != '\n' && Character.isISOControl(c) || c == 0x202e);
      // JSON has it as it is, for programs, and one line stays one line
      assertThat(JsonParser.parseString(each.toJson()).isJsonObject()).isTrue();
      assertThat(each.toJson().codePoints()).noneMatch(c -> c != '\n' && Character.isISOControl(c));
    }
    assertThat(plan.items()).extracting(item -> item.path()).containsExactly(memory.path(name));
  }

  @Test
  void aNameThatLooksLikeAnOptionIsOneArgumentToATool() throws IOException {
    tree.file("-rf").file("a 'b' \"c\"; touch pwned").file("tool-was-here", "");
    tree.file(
        "bin/tool",
        "#!/bin/sh\nfor each in \"$@\"; do echo \"<$each>\"; done > \"${0%/*}/seen\"\n");
    ChildProcess.run(tree.root(), "chmod", "+x", "bin/tool");
    HostEnvironment host =
        HostEnvironment.of(
            OperatingSystem.LINUX,
            tree.root().getFileSystem(),
            Map.of("PATH", tree.path("bin") + ":" + System.getenv("PATH")),
            "/home/user",
            "/tmp");
    String[] argv = {"tool", "--", "-rf", "a 'b' \"c\"; touch pwned", "$HOME"};
    TestPolicy policy =
        TestPolicy.deleting("tool-was-here")
            .running(argv)
            .with(each -> each.requiring(new RunCommand(each.path(), List.of(argv))));
    Lowtide lowtide =
        TestMachine.lowtide(tree, policy)
            .commands(CommandRunner.system(host, Set.of("tool")))
            .build();

    lowtide.apply(lowtide.plan(CleanupTarget.of("tree", tree.root()))).orThrow();

    assertThat(Files.readAllLines(tree.path("bin/seen")))
        .containsExactly("<-->", "<-rf>", "<a 'b' \"c\"; touch pwned>", "<$HOME>");
    assertThat(tree.names())
        .containsExactly("-rf", "a 'b' \"c\"; touch pwned", "bin", "bin/seen", "bin/tool");
  }

  @Test
  void aRootThatTheLocaleCannotWriteIsRefusedByItsLine() throws IOException {
    tree.file("policy.toml", "[[targets]]\npath = \"/srv/grün\"\n").directory("home");

    ChildProcess.runInCLocale(ReadsPolicyFile.class, tree.path("policy.toml"));
  }

  /** Runs where names are ASCII. */
  static final class ReadsPolicyFile {
    public static void main(String[] args) {
      assertThatThrownBy(() -> PolicyFile.read(Path.of(args[0]), List.of()))
          .hasMessageContaining(args[0] + ":2")
          .hasMessageContaining("LC_ALL")
          .message()
          .doesNotContain("\n");
    }
  }
}
