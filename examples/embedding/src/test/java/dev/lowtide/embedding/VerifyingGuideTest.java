package dev.lowtide.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class VerifyingGuideTest {
  private static final Path SOURCE =
      Path.of("src/test/java/dev/lowtide/embedding/WheelBuildTest.java");
  private static final Pattern EXAMPLE =
      Pattern.compile("// GUIDE: begin\n(.*?)[ \n]*// GUIDE: end", Pattern.DOTALL);

  @Test
  void showsTheExamplesThatAreCompiledAndRunHere() throws IOException {
    String guide = Files.readString(Repository.path("docs/verifying.md"));

    List<String> examples =
        EXAMPLE.matcher(Files.readString(SOURCE)).results().map(VerifyingGuideTest::code).toList();

    assertThat(examples).hasSize(2);
    assertThat(examples).allSatisfy(example -> assertThat(guide).contains(example));
    assertThat(Files.readString(Repository.path("README.md"))).contains(examples.get(0));
  }

  /** The example without its indentation in the source. */
  private static String code(MatchResult match) {
    return match.group(1).stripIndent();
  }
}
