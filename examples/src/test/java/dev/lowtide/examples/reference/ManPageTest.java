package dev.lowtide.examples.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.ChildProcess;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The manual pages are valid for groff and mandoc. They have no date, which mandoc only warns
 * about.
 */
class ManPageTest {
  static List<String> pages() {
    return CommandReference.all().stream().map(CommandReference::page).toList();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void isWhatGroffUnderstands(String page) {
    assertThat(run("groff", "-man", "-ww", "-z", page + ".1")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void isWhatMandocUnderstands(String page) {
    assertThat(run("mandoc", "-T", "lint", "-W", "error", page + ".1")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void showsTheCommand(String page) {
    assertThat(run("mandoc", "-T", "utf8", page + ".1").replaceAll(".\b", ""))
        .contains(page, "SYNOPSIS", "--help", "EXIT STATUS");
  }

  private static String run(String... argv) {
    return ChildProcess.run(GeneratedFiles.MANUAL.toAbsolutePath(), argv);
  }
}
