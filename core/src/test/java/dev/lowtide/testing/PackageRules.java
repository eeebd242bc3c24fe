package dev.lowtide.testing;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The rule that arrows between the packages of a module have one direction. */
public final class PackageRules {
  private PackageRules() {}

  /**
   * Checks that each package below that of a class uses only those that it may, and never the class
   * itself; that every package is listed; and that there are no cycles.
   *
   * @param top a class in the package that may use all others
   * @param allowed for each package below, the packages below that it may use; by their last names
   */
  public static void check(Class<?> top, Map<String, List<String>> allowed) {
    String base = top.getPackageName();
    JavaClasses module = ReadingRules.moduleOf(top);
    assertThat(module)
        .extracting(JavaClass::getPackageName)
        .filteredOn(name -> name.startsWith(base + "."))
        .map(name -> name.substring(base.length() + 1))
        .hasSameElementsAs(allowed.keySet());
    allowed.forEach(
        (room, others) -> {
          List<String> usable = new ArrayList<>(List.of(base + "." + room));
          others.forEach(other -> usable.add(base + "." + other));
          noClasses()
              .that()
              .resideInAPackage(base + "." + room)
              .should()
              .dependOnClassesThat(
                  resideInAPackage(base + "..")
                      .and(resideOutsideOfPackages(usable.toArray(String[]::new))))
              .check(module);
        });
    slices().matching(base + ".(*)").should().beFreeOfCycles().check(module);
  }
}
