package dev.lowtide;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ReadingRules;
import java.io.File;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.TemporalAccessor;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What may use what in core: the rules by which a reader can trust a package's name. */
class ArchitectureTest {
  private static final JavaClasses CORE = ReadingRules.moduleOf(CleanupTarget.class);

  @Test
  void findsTheClassesToLookAt() {
    assertThat(CORE).extracting(JavaClass::getSimpleName).contains("Planner", "TreeRemover");
    assertThat(CORE).extracting(JavaClass::getSimpleName).doesNotContain("ArchitectureTest");
  }

  @Test
  void arrowsBetweenPackagesOnlyGoDown() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("words")
        .definedBy("dev.lowtide")
        .layer("fs")
        .definedBy("dev.lowtide.fs")
        .layer("command")
        .definedBy("dev.lowtide.command")
        .layer("probe")
        .definedBy("dev.lowtide.probe")
        .layer("policy")
        .definedBy("dev.lowtide.policy")
        .layer("shared")
        .definedBy("dev.lowtide.shared")
        .layer("plan")
        .definedBy("dev.lowtide.plan")
        .layer("guard")
        .definedBy("dev.lowtide.guard")
        .layer("planner")
        .definedBy("dev.lowtide.planner")
        .layer("execute")
        .definedBy("dev.lowtide.execute")
        .layer("verify")
        .definedBy("dev.lowtide.verify")
        .whereLayer("words")
        .mayNotAccessAnyLayer()
        .whereLayer("fs")
        .mayOnlyAccessLayers("words")
        .whereLayer("command")
        .mayOnlyAccessLayers("words")
        .whereLayer("probe")
        .mayOnlyAccessLayers("words", "fs")
        .whereLayer("policy")
        .mayOnlyAccessLayers("words", "fs", "probe")
        .whereLayer("shared")
        .mayOnlyAccessLayers("words", "fs", "probe", "policy")
        .whereLayer("plan")
        .mayOnlyAccessLayers("words", "fs", "probe", "policy", "shared")
        .whereLayer("guard")
        .mayOnlyAccessLayers("words", "fs", "probe", "policy", "shared", "plan")
        .whereLayer("planner")
        .mayOnlyAccessLayers("words", "fs", "probe", "policy", "plan", "guard")
        .whereLayer("execute")
        .mayOnlyAccessLayers(
            "words", "fs", "command", "probe", "policy", "shared", "plan", "guard", "planner")
        .whereLayer("verify")
        .mayOnlyAccessLayers("words", "fs", "probe")
        .check(CORE);
  }

  @Test
  void everyPackageHasItsPlaceInTheOrder() {
    assertThat(CORE)
        .extracting(JavaClass::getPackageName)
        .isSubsetOf(
            "dev.lowtide",
            "dev.lowtide.command",
            "dev.lowtide.execute",
            "dev.lowtide.fs",
            "dev.lowtide.guard",
            "dev.lowtide.plan",
            "dev.lowtide.planner",
            "dev.lowtide.policy",
            "dev.lowtide.probe",
            "dev.lowtide.shared",
            "dev.lowtide.verify",
            ""); // the module's own descriptor
  }

  @Test
  void packagesHaveNoCycles() {
    slices().assignedFrom(eachPackage()).should().beFreeOfCycles().check(CORE);
  }

  private static SliceAssignment eachPackage() {
    return new SliceAssignment() {
      @Override
      public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
        return SliceIdentifier.of(javaClass.getPackageName());
      }

      @Override
      public String getDescription() {
        return "each package";
      }
    };
  }

  @Test
  void whatCarriesOutAPlanKnowsNoPolicies() {
    noClasses()
        .that()
        .haveSimpleName("PlanExecutor")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Policy.class)
        .check(CORE);
  }

  /** What was measured incrementally is for people to look at: it decides and proves nothing. */
  @Test
  void nothingGoesByWhatIsMeasuredIncrementally() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.lowtide.probe")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(".*\\.SizeProbe\\$Incremental(\\$.*)?")
        .check(CORE);
    noClasses()
        .that()
        .areAssignableTo(SizeProbe.Incremental.class)
        .should()
        .beAssignableTo(SizeProbe.class)
        .check(CORE);
  }

  @Test
  void onlyFsDeletesAndMoves() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.lowtide.fs")
        .should()
        .callMethodWhere(
            calls(
                "delete or move something",
                call ->
                    (call.getName().startsWith("delete")
                            || call.getName().startsWith("forceDelete")
                            || call.getName().startsWith("move"))
                        && (call.getOwner().isEquivalentTo(Files.class)
                            || call.getOwner().isEquivalentTo(File.class)
                            || call.getOwner().isAssignableTo(DirectoryStream.class)
                            || call.getOwner().getPackageName().startsWith("org.apache.commons.io")
                            || call.getOwner()
                                .getPackageName()
                                .startsWith("com.google.common.io"))))
        .check(CORE);
  }

  /**
   * What others may have written is read through {@code ForeignFile}, which cannot be made to wait
   * and has bounds.
   */
  @Test
  void filesAreReadThroughOneClass() {
    ReadingRules.check(
        CleanupTarget.class,
        Map.ofEntries(
            Map.entry("dev.lowtide.fs.ForeignFile", "the one class; itself for /proc and /sys"),
            Map.entry("dev.lowtide.fs.OpenFile", "opens for it"),
            Map.entry(
                "dev.lowtide.fs.SecureDirectory",
                "opens relative to a descriptor what its callers have looked at"),
            Map.entry("dev.lowtide.fs.PathDirectory", "the same, by paths"),
            Map.entry("dev.lowtide.fs.LinuxDirectory", "the same; for sync, itself"),
            Map.entry("dev.lowtide.fs.MountTable", "reads /proc/self/mountinfo, of any length"),
            Map.entry("dev.lowtide.fs.LockTable", "reads /proc/locks, of any length"),
            Map.entry("dev.lowtide.fs.ProcFs", "reads /proc"),
            Map.entry("dev.lowtide.fs.OutputFile", "the one class to write what a user asked for"),
            Map.entry("dev.lowtide.fs.PrivateFile", "writes a new file and renames it"),
            Map.entry(
                "dev.lowtide.command.ProcessRunner",
                "appends to a log in a directory that was made for the command"),
            Map.entry("dev.lowtide.fs.ReadingMark", "locks a file of its own in /proc")));
  }

  @Test
  void onlyFsCallsForeignFunctions() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.lowtide.fs")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(CORE);
  }

  @Test
  void onlyCommandStartsProcesses() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.lowtide.command")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(ProcessBuilder.class)
        .orShould()
        .callMethodWhere(
            calls(
                "start a process",
                call ->
                    call.getOwner().isEquivalentTo(Runtime.class) && call.getName().equals("exec")))
        .check(CORE);
  }

  @Test
  void whatProposesCannotTouchTheDisk() {
    noClasses()
        .that()
        .resideInAPackage("dev.lowtide.policy")
        .or()
        .areAssignableTo(Policy.class)
        .or()
        .areAssignableTo(PolicyProvider.class)
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("dev.lowtide.execute", "dev.lowtide.command")
                .or(JavaClass.Predicates.equivalentTo(Files.class)))
        .check(CORE);
  }

  @Test
  void timeComesFromAClock() {
    noClasses()
        .should()
        .callMethodWhere(
            calls(
                "read the time of day",
                call ->
                    call.getName().equals("currentTimeMillis")
                        || call.getName().equals("now")
                            && call.getOwner().isAssignableTo(TemporalAccessor.class)))
        .check(CORE);
  }

  @Test
  void onlyTheFacadeHasAClockByDefault() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.lowtide.execute.LowtideBuilder")
        .should()
        .callMethodWhere(
            calls(
                "take the system's clock",
                call ->
                    call.getOwner().isEquivalentTo(Clock.class)
                        && (call.getName().startsWith("system")
                            || call.getName().startsWith("tick"))))
        .check(CORE);
  }

  @Test
  void filesArePathsExceptForProcessBuilder() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.lowtide.command")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(File.class)
        .orShould()
        .callMethod(Path.class, "toFile")
        .check(CORE);
  }

  /** {@code link/..} is not the directory that holds the link. */
  @Test
  void pathsAreNeverNormalised() {
    noClasses().should().callMethod(Path.class, "normalize").check(CORE);
  }

  @Test
  void caseIsChangedForANamedLocale() {
    noClasses()
        .should()
        .callMethod(String.class, "toLowerCase")
        .orShould()
        .callMethod(String.class, "toUpperCase")
        .check(CORE);
  }

  @Test
  void nothingIsPrinted() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(CORE);
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(CORE)
        .extracting(JavaClass::getPackage)
        .filteredOn(javaPackage -> !javaPackage.getName().isEmpty())
        .allSatisfy(
            javaPackage ->
                assertThat(isNullMarked(javaPackage)).as(javaPackage.getName()).isTrue());
  }

  private static boolean isNullMarked(JavaPackage javaPackage) {
    return javaPackage.isAnnotatedWith(NullMarked.class);
  }

  private static DescribedPredicate<JavaCall<?>> calls(
      String description, java.util.function.Predicate<CodeUnitCallTarget> matches) {
    return describe(description, call -> matches.test(call.getTarget()));
  }
}
