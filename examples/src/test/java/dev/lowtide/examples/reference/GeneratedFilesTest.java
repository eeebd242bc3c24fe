package dev.lowtide.examples.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The reference pages, manual pages and completions are what the model of the command line
 * generates. {@code mvn test -pl examples -am -Dtest=GeneratedFilesTest -Dlowtide.generate=true
 * -Dsurefire.failIfNoSpecifiedTests=false} writes them.
 */
class GeneratedFilesTest {
  static Stream<Path> files() throws IOException {
    Map<Path, String> texts = GeneratedFiles.texts();
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
        .isEqualTo(GeneratedFiles.texts().get(file));
  }

  @Test
  void noCommandThatIsGoneHasAPage() throws IOException {
    for (Path directory : List.of(GeneratedFiles.PAGES, GeneratedFiles.MANUAL)) {
      try (Stream<Path> files = Files.list(directory)) {
        assertThat(files).allSatisfy(file -> assertThat(GeneratedFiles.texts()).containsKey(file));
      }
    }
  }
}
