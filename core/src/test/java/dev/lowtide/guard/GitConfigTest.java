package dev.lowtide.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Mutations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a configuration says against what {@code git config} says. */
class GitConfigTest {
  @TempDir Path directory;

  private String asGitReadsIt(String text, String name) throws IOException {
    Path file = Files.writeString(directory.resolve("config"), text, UTF_8);
    return ChildProcess.run(
            directory, "git", "config", "--file", file.toString(), "--null", "--get", name)
        .replaceFirst("\0$", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[core]\n\tworktree = /a/b\n",
        "[core] worktree=/a/b",
        "[CORE]\nWorkTree = /a b/c  ; comment\n",
        "# first\n[core]\n  worktree = \"/a ; b\" # c\n",
        "[core]\nworktree = /a\\\\b\\\"c\\td\n",
        "[core]\nworktree = /a\\\n/b\n",
        "[core]\r\nworktree = /a\r\n",
        "[core]\nworktree = /a\nworktree = \"  b  \"\n",
        "[core \"sub]\\\"\"]\nworktree = /no\n[core]\nworktree = /yes\n",
        "[core]\nworktree = \"/a\" b\n",
        "\ufeff[core]\nworktree = /grün\n",
      })
  void isReadAsGitDoes(String text) throws IOException {
    assertThat(GitConfig.parse(text).value("core.worktree"))
        .hasValue(asGitReadsIt(text, "core.worktree"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "yes", "On", "1", "17", "false", "no", "off", "0", "\"\""})
  void truthIsWhatGitTakesForIt(String value) throws IOException {
    String text = "[core]\nignorecase = " + value + "\n";
    Path file = Files.writeString(directory.resolve("config"), text);

    assertThat(GitConfig.parse(text).isTrue("core.ignorecase"))
        .isEqualTo(
            ChildProcess.run(
                    directory,
                    "git",
                    "config",
                    "--file",
                    file.toString(),
                    "--bool",
                    "core.ignorecase")
                .strip()
                .equals("true"));
  }

  @Test
  void aNameAloneIsTrue() throws IOException {
    assertThat(GitConfig.parse("[core]\nignorecase\n").isTrue("core.ignorecase")).isTrue();
  }

  @Test
  void whatIsNotThereHasNoValue() throws IOException {
    assertThat(GitConfig.parse("").value("core.worktree")).isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[core", "[core]\n= x", "[core]\na = \"b", "[core]\na = \\q", "\u0001"})
  void whatGitDoesNotUnderstandIsNotUnderstood(String text) {
    assertThatThrownBy(() -> GitConfig.parse(text)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[core", "= x", "a = \"b", "a = \\q"})
  void theLineThatIsNotUnderstoodIsNamed(String line) {
    assertThatThrownBy(() -> GitConfig.parse("[core]\na = 1\n" + line + "\nb = 2\n"))
        .hasMessageMatching(".*[Ll]ine 3 .*");
  }

  @Test
  void aDamagedConfigurationThrowsNothingUnforeseen() {
    String text =
        """
        [core]
        \trepositoryformatversion = 0
        \tworktree = "../x\\ty" ; a comment
        [remote "origin"]
        \turl = https://example.org/a.git
        [extensions] objectFormat = sha256
        """;

    Mutations.of(
        text.getBytes(UTF_8),
        file -> {
          try {
            GitConfig.parse(new String(file, UTF_8)).isTrue("core.worktree");
          } catch (IOException expected) {
            // what might be tracked is kept
          }
        });
  }
}
