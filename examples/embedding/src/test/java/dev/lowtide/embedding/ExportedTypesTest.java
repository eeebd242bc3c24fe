package dev.lowtide.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.Resources;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import dev.lowtide.CleanupTarget;
import dev.lowtide.junit.DiskNeutral;
import dev.lowtide.policies.python.PythonPolicies;
import dev.lowtide.policies.rust.RustPolicies;
import dev.lowtide.testing.Exports;
import dev.lowtide.testing.ReadingRules;
import dev.lowtide.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the modules export is what later versions must keep: it grows only on purpose. */
class ExportedTypesTest {
  private static final Map<String, Class<?>> MODULES =
      Map.of(
          "core", CleanupTarget.class,
          "core/junit", DiskNeutral.class,
          "policies-python", PythonPolicies.class,
          "policies-rust", RustPolicies.class);

  private static final int MOST_TYPES = 60;

  private static Stream<JavaClass> exportedTypes() {
    return MODULES.entrySet().stream()
        .flatMap(
            module -> {
              Set<String> packages = Exports.packagesOf(module.getKey());
              return ReadingRules.moduleOf(module.getValue()).stream()
                  .filter(type -> packages.contains(type.getPackageName()))
                  .filter(ExportedTypesTest::isPublic);
            });
  }

  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && type.getEnclosingClass().map(ExportedTypesTest::isPublic).orElse(true);
  }

  @Test
  void theListOfExportedTypesIsUpToDate() throws IOException {
    String types =
        exportedTypes()
            .map(type -> type.getName().replace('$', '.') + "\n")
            .sorted()
            .collect(joining());

    assertThat(types)
        .as("exported-types.txt; docs/adr/0023 says what is exported, and why")
        .isEqualTo(Resources.toString(getClass().getResource("exported-types.txt"), UTF_8));
  }

  /**
   * The profile compat compares all packages but these; one that is exported later must not be
   * among them.
   */
  @Test
  void theComparisonWithEarlierVersionsLeavesOutWhatIsNotExported() throws IOException {
    Set<String> leftOut =
        Pattern.compile("<exclude>(dev\\.lowtide[\\w.]*)</exclude>")
            .matcher(Files.readString(Repository.path("core/pom.xml")))
            .results()
            .map(result -> result.group(1))
            .collect(toSet());

    assertThat(leftOut)
        .isEqualTo(
            ReadingRules.moduleOf(CleanupTarget.class).stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !Exports.packagesOf("core").contains(name))
                .collect(toSet()));
  }

  @Test
  void anEmbedderMeetsAtMostSixtyTypes() {
    List<String> topLevel =
        exportedTypes().filter(JavaClass::isTopLevelClass).map(JavaClass::getName).toList();

    assertThat(topLevel).hasSizeLessThanOrEqualTo(MOST_TYPES).contains("dev.lowtide.ByteSize");
  }
}
