package dev.lowtide.testing;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the modules of the library export, and the rule that programs use little else. */
public final class Exports {
  /** The directories of the modules. */
  public static final List<String> MODULES = List.of("core", "policies-python", "policies-rust");

  private static final Pattern EXPORT = Pattern.compile("(?m)^ *exports ([\\w.]+);");

  private Exports() {}

  /** The packages that a module exports to everybody. */
  public static Set<String> packagesOf(String module) {
    try {
      return EXPORT
          .matcher(Files.readString(Repository.path(module + "/src/main/java/module-info.java")))
          .results()
          .map(result -> result.group(1))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Checks that a program uses only what the library exports.
   *
   * @param one a class of the program
   * @param exceptions types of the library, by their full names, that it uses all the same
   * @param programs the packages that are not the library, such as {@code dev.lowtide.cli..}
   */
  public static void check(Class<?> one, Set<String> exceptions, String... programs) {
    JavaClasses program = ReadingRules.moduleOf(one);
    Set<String> exported =
        MODULES.stream().flatMap(each -> packagesOf(each).stream()).collect(Collectors.toSet());
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.lowtide..")
                .and(not(resideInAnyPackage(programs)))
                .and(
                    describe(
                        "are not exported",
                        type ->
                            !exported.contains(type.getPackageName())
                                && !exceptions.contains(outermost(type)))))
        .check(program);
    assertThat(program)
        .flatExtracting(each -> used(each).toList())
        .as("exceptions are needed")
        .containsAll(exceptions);
  }

  private static Stream<String> used(JavaClass each) {
    return each.getDirectDependenciesFromSelf().stream()
        .map(dependency -> outermost(dependency.getTargetClass()));
  }

  private static String outermost(JavaClass type) {
    return type.getName().replaceFirst("\\$.*", "");
  }
}
