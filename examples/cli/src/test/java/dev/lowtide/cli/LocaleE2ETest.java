package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Repository;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The command in the locales of cron, systemd and containers, started as the launchers start it.
 */
class LocaleE2ETest {
  @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void writeLauncher() throws IOException {
    assumeTrue(
        System.getProperty("os.name").equals("Linux"), "skipped: names are bytes on Linux only");
    tree = TestTree.in(directory.toRealPath());
    tree.file("ws/größe/pkg/__pycache__/m.cpython-312.pyc").file("ws/größe/pkg/m.py");
    tree.file("ws/other/__pycache__/m.cpython-312.pyc").file("ws/other/m.py");
    Path launchers = Repository.path("examples/bin");
    Launcher.write(tree, "start");
    Launcher.script(
        tree,
        "lowtide",
        "bin='"
            + launchers
            + "'; . \"$bin/launch.sh\"; read_all_names; exec '"
            + tree.path("start")
            + "' \"$@\"");
  }

  private String in(String locale, String... args) {
    String[] argv = new String[args.length + 6];
    System.arraycopy(new String[] {"env", "-u", "LC_ALL", "-u", "LC_CTYPE", locale}, 0, argv, 0, 6);
    System.arraycopy(args, 0, argv, 6, args.length);
    return ChildProcess.run(tree.root(), argv);
  }

  private String lowtide(String locale, String... args) {
    String[] argv = new String[args.length + 1];
    argv[0] = tree.path("lowtide").toString();
    System.arraycopy(args, 0, argv, 1, args.length);
    return in(locale, argv);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LC_ALL=C", "LANG=C", "LC_CTYPE=POSIX", "LANG="})
  void namesAndPatternsSurvive(String locale) {
    String plan =
        lowtide(
            locale,
            "plan",
            "--policy",
            "python.bytecode",
            "--root",
            "ws",
            "--keep",
            "größe/**",
            "-o",
            "plän.json");

    assertThat(plan)
        .contains("ws/größe/pkg/__pycache__ matches a keep pattern", "ws/other/__pycache__");
    assertThat(tree.has("plän.json")).isTrue();
    lowtide(locale, "apply", "--yes", "plän.json");
    assertThat(tree.has("ws/größe/pkg/__pycache__")).isTrue();
    assertThat(tree.has("ws/other/__pycache__")).isFalse();
  }

  @Test
  void aPolicyFileKeepsWhatIsNotAscii() throws IOException {
    Files.writeString(
        tree.path("policy.toml"),
        "policies = [\"python.bytecode\"]\n[[targets]]\npath = \"ws\"\nkeep = [\"größe/**\"]\n");

    assertThat(lowtide("LC_ALL=C", "plan", "--config", "policy.toml"))
        .contains("ws/größe/pkg/__pycache__ matches a keep pattern", "ws/other/__pycache__");
  }

  @ParameterizedTest
  @ValueSource(strings = {"LC_ALL=C", "LANG=C", "LC_CTYPE=POSIX", "LC_ALL=de_DE.ISO-8859-1"})
  void whatIsRunHasTheLocaleOfTheUser(String locale) {
    String print = "echo \"<$LC_ALL|$LC_CTYPE|$LOWTIDE_LOCALE_OF_USER>\" >seen";
    String expected = in(locale, "sh", "-c", "echo \"<$LC_ALL|$LC_CTYPE|>\"");

    lowtide(locale, "verify", "--location", "ws=ws", "--", "sh", "-c", print);

    assertThat(tree.path("seen")).hasContent(expected.strip());
  }
}
