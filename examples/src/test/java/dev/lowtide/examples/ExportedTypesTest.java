package dev.lowtide.examples;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.Resources;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import dev.lowtide.CleanupTarget;
import dev.lowtide.policies.python.PythonPolicies;
import dev.lowtide.policies.rust.RustPolicies;
import dev.lowtide.testing.ReadingRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the modules export is what later versions must keep: it grows only on purpose. */
class ExportedTypesTest {
  private static final Map<String, Class<?>> MODULES =
      Map.of(
          "core", CleanupTarget.class,
          "policies-python", PythonPolicies.class,
          "policies-rust", RustPolicies.class);

  private static final int MOST_TYPES = 60;

  private static final Pattern EXPORT = Pattern.compile("(?m)^ *exports ([\\w.]+);");

  /** The command runs on the class path and is released together with the library. */
  private static final Set<String> ALSO_USED_BY_THE_COMMAND =
      Set.of(
          "dev.lowtide.fs.ForeignFile", // reads what another user may have written
          "dev.lowtide.fs.JsonBounds", // whether such a text may be parsed
          "dev.lowtide.fs.OutputFile", // writes what a user asked for
          "dev.lowtide.fs.PrivateFile", // writes a file of this user's alone
          "dev.lowtide.shared.TomlBounds"); // whether a text may be parsed

  private static Set<String> exportedPackages(String module) {
    Path descriptor = Path.of("..", module, "src", "main", "java", "module-info.java");
    try {
      return EXPORT
          .matcher(Files.readString(descriptor))
          .results()
          .map(result -> result.group(1))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Stream<JavaClass> exportedTypes() {
    return MODULES.entrySet().stream()
        .flatMap(
            module -> {
              Set<String> packages = exportedPackages(module.getKey());
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

  @Test
  void anEmbedderMeetsAtMostSixtyTypes() {
    List<String> topLevel =
        exportedTypes().filter(JavaClass::isTopLevelClass).map(JavaClass::getName).toList();

    assertThat(topLevel).hasSizeLessThanOrEqualTo(MOST_TYPES).contains("dev.lowtide.ByteSize");
  }

  @Test
  void theCommandUsesFewTypesThatAreNotExported() {
    Set<String> packages = new TreeSet<>();
    MODULES.keySet().forEach(module -> packages.addAll(exportedPackages(module)));
    Set<JavaClass> modules =
        MODULES.values().stream()
            .flatMap(one -> ReadingRules.moduleOf(one).stream())
            .collect(Collectors.toSet());

    noClasses()
        .should()
        .dependOnClassesThat(
            describe(
                "are not exported",
                type ->
                    modules.contains(type)
                        && !packages.contains(type.getPackageName())
                        && ALSO_USED_BY_THE_COMMAND.stream().noneMatch(type.getName()::startsWith)))
        .check(ReadingRules.moduleOf(Main.class));
  }
}
