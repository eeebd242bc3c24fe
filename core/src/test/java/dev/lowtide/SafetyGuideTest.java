package dev.lowtide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.guard.GuardRules;
import dev.lowtide.guard.Guards;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The guide to safety names the test of each promise; all of them are there. */
class SafetyGuideTest {
  private static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();
  private static final Pattern NAMED =
      Pattern.compile(
          "`(?:(\\w+(?:Test|IT|E2ETest|Properties|Contract))|([a-z]\\w{15,}))"
              + "((?:\\.\\w+)*)(…?)`");

  private static Map<String, String> tests() throws IOException {
    Map<String, String> sources = new HashMap<>();
    try (Stream<Path> files = Files.walk(REPOSITORY)) {
      for (Path file :
          files
              .filter(path -> path.toString().endsWith(".java"))
              .filter(path -> path.toString().contains("/src/test/java/"))
              .toList()) {
        String name = file.getFileName().toString();
        // Several modules have a test of the same name
        sources.merge(name.substring(0, name.length() - 5), Files.readString(file), String::concat);
      }
    }
    return sources;
  }

  @Test
  void namesTestsThatAreThere() throws IOException {
    Map<String, String> tests = tests();
    String guide = Files.readString(REPOSITORY.resolve("docs/safety.md"));

    assertThat(NAMED.matcher(guide).results())
        .hasSizeGreaterThan(60)
        .allSatisfy(named -> assertThat(isThere(named, tests)).as(named.group()).isTrue());
  }

  @Test
  void namesEachGuardInItsOrder() throws IOException {
    TestTree tree = TestTree.inMemory();
    GuardRules rules =
        GuardRules.of(
            TestMachine.host(tree.root().getFileSystem()), TestMachine.clockAt(TestTree.NOW));
    String guide = Files.readString(REPOSITORY.resolve("docs/safety.md"));
    String table = guide.substring(guide.indexOf("| guard |"), guide.indexOf("A plan uses"));

    assertThat(Pattern.compile("(?m)^\\| `([a-z-]+)` \\|").matcher(table).results())
        .extracting(row -> row.group(1))
        .containsExactlyElementsOf(Guards.of(rules, List.of()).ids());
  }

  private static boolean isThere(MatchResult named, Map<String, String> tests) {
    if (named.group(1) == null) {
      String method = "void " + named.group(2) + (named.group(4).isEmpty() ? "(" : "");
      return tests.values().stream().anyMatch(source -> source.contains(method));
    }
    String source = tests.getOrDefault(named.group(1), "");
    String last = named.group(3).substring(named.group(3).lastIndexOf('.') + 1);
    return source.contains("void " + last + (named.group(4).isEmpty() ? "(" : ""))
        || source.contains("class " + (last.isEmpty() ? named.group(1) : last) + " ");
  }
}
