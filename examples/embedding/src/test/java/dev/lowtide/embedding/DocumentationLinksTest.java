package dev.lowtide.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every link in a document leads to an existing file and heading. */
class DocumentationLinksTest {
  private static final Path REPOSITORY = Repository.path("");
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
  private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$");

  static List<Path> documents() throws IOException {
    try (Stream<Path> top = Files.list(REPOSITORY);
        Stream<Path> docs = Files.walk(REPOSITORY.resolve("docs"))) {
      return Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).toList();
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void linksToFilesAndHeadingsThatAreThere(Path document) throws IOException {
    Matcher link = LINK.matcher(text(document));
    while (link.find()) {
      if (!link.group(1).contains("://")) {
        String[] parts = link.group(1).split("#", 2);
        Path file = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]);
        assertThat(file).as(link.group(1)).exists();
        if (parts.length == 2) {
          assertThat(anchors(file)).as(link.group(1)).contains(parts[1]);
        }
      }
    }
  }

  @Test
  void theMapNamesEachGuide() throws IOException {
    String map = Files.readString(REPOSITORY.resolve("docs/README.md"));
    try (Stream<Path> docs = Files.list(REPOSITORY.resolve("docs"))) {
      assertThat(docs.map(Path::getFileName).map(Path::toString))
          .filteredOn(name -> name.endsWith(".md") && !name.equals("README.md"))
          .allSatisfy(name -> assertThat(map).contains("(" + name + ")"));
    }
  }

  private static String text(Path document) throws IOException {
    return CODE.matcher(Files.readString(document)).replaceAll("");
  }

  /** The anchors of headings, as GitHub makes them. */
  private static List<String> anchors(Path document) throws IOException {
    return HEADING
        .matcher(text(document))
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N}\\s_-]", "").replace(' ', '-'))
        .toList();
  }
}
