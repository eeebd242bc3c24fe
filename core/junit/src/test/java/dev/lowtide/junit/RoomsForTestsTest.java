package dev.lowtide.junit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.lowtide.testing.ReadingRules;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The extension must work without AssertJ, and the assertions without JUnit. */
class RoomsForTestsTest {
  private static final JavaClasses MODULE = ReadingRules.moduleOf(DiskNeutral.class);

  @Test
  void theExtensionNeedsNoAssertJ() {
    noClasses()
        .that()
        .resideInAPackage("dev.lowtide.junit")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.assertj..", "dev.lowtide.assertions")
        .check(MODULE);
  }

  @Test
  void theAssertionsNeedNoJUnit() {
    noClasses()
        .that()
        .resideInAPackage("dev.lowtide.assertions")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.junit..", "dev.lowtide.junit")
        .check(MODULE);
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(MODULE)
        .filteredOn(type -> !type.getPackageName().isEmpty())
        .isNotEmpty()
        .allMatch(type -> type.getPackage().isAnnotatedWith(NullMarked.class));
  }
}
