package dev.lowtide.cli.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.Session;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * The reference pages, manual pages and completions of a program are what the model of its command
 * line generates. {@code mvn test -pl examples/wheel-builder -am -Dtest=GeneratedFilesTest
 * -Dlowtide.generate=true -Dsurefire.failIfNoSpecifiedTests=false} writes them for all programs.
 */
@TestInstance(Lifecycle.PER_CLASS)
public abstract class GeneratedFilesContract {
  /** What parses the arguments of the program. */
  protected abstract CommandLine program(Session session);

  private CommandLine program() {
    return program(
        new Session(
            HostEnvironment.current(),
            InputStream.nullInputStream(),
            System.out,
            System.err,
            false,
            List::of));
  }

  private Map<Path, String> texts() {
    return new GeneratedFiles(program()).texts();
  }

  Stream<Path> files() throws IOException {
    Map<Path, String> texts = texts();
    if (Boolean.getBoolean("lowtide.generate")) {
      for (Map.Entry<Path, String> each : texts.entrySet()) {
        Files.createDirectories(each.getKey().getParent());
        Files.writeString(each.getKey(), each.getValue());
      }
    }
    return texts.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("files")
  void equalWhatTheModelGenerates(Path file) throws IOException {
    assertThat(file).as("run this test with -Dlowtide.generate=true").exists();
    assertThat(Files.readString(file))
        .as("%s is out of date; run this test with -Dlowtide.generate=true", file)
        .isEqualTo(texts().get(file));
  }

  @Test
  void noCommandThatIsGoneHasAPage() throws IOException {
    String program = program().getCommandName();
    for (Path directory : List.of(GeneratedFiles.PAGES, GeneratedFiles.MANUAL)) {
      try (Stream<Path> files = Files.list(directory)) {
        assertThat(files)
            .filteredOn(file -> file.getFileName().toString().startsWith(program))
            .allSatisfy(file -> assertThat(texts()).containsKey(file));
      }
    }
  }

  List<String> manualPages() {
    return CommandReference.all(program()).stream().map(CommandReference::page).toList();
  }

  @ParameterizedTest
  @MethodSource("manualPages")
  void groffUnderstandsTheManualPage(String page) {
    assertThat(run("groff", "-man", "-ww", "-z", page + ".1")).isEmpty();
  }

  /** The pages have no date, which mandoc only warns about. */
  @ParameterizedTest
  @MethodSource("manualPages")
  void mandocUnderstandsTheManualPage(String page) {
    assertThat(run("mandoc", "-T", "lint", "-W", "error", page + ".1")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("manualPages")
  void theManualPageShowsTheCommand(String page) {
    assertThat(run("mandoc", "-T", "utf8", page + ".1").replaceAll(".\b", ""))
        .contains(page, "SYNOPSIS", "--help", "EXIT STATUS");
  }

  private static String run(String... argv) {
    return ChildProcess.run(GeneratedFiles.MANUAL, argv);
  }
}
