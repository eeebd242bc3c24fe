package dev.lowtide.assertions;

import static dev.lowtide.ByteSize.kibibytes;
import static dev.lowtide.ByteSize.mebibytes;
import static dev.lowtide.assertions.DiskAssertions.assertThat;
import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;

class DiskAssertionsTest {
  private final TestTree tree =
      TestTree.inMemory()
          .file("src/app.py", kib(4))
          .file("src/__pycache__/app.pyc", kib(40))
          .file("dist/x.whl", kib(4));

  private DiskBaseline capture() throws IOException {
    return DiskBaseline.capture(
        List.of(DiskLocation.unchanged("workspace", tree.root())), SizeProbe.portable(), NOW);
  }

  private static ThrowableAssertAlternative<AssertionError> failure(ThrowingCallable assertion) {
    return assertThatExceptionOfType(AssertionError.class).isThrownBy(assertion);
  }

  @Test
  void holdsForADiskThatIsWhereItWas() throws IOException {
    DiskBaseline before = capture();
    tree.file("dist/y.whl", kib(8));

    assertThat(capture())
        .comparedTo(before)
        .grewByAtMost(mebibytes(10))
        .leftNothingNewExcept("dist/*.whl")
        .lostNothing()
        .replacedNothing();
  }

  @Test
  void namesWhatGrew() throws IOException {
    DiskBaseline before = capture();
    tree.file("build/leak%s.o", kib(64));
    DiskBaseline after = capture();

    failure(() -> assertThat(after).comparedTo(before).grewByAtMost(kibibytes(10)))
        .withMessageContaining("more than the tolerated 10 KiB")
        .withMessageContaining(tree.path("build") + "  (new, 2 entries)");
    failure(() -> assertThat(after).comparedTo(before).leftNothingNewExcept("dist/*.whl"))
        .withMessageContaining("Nothing should be new")
        .withMessageContaining(tree.path("build") + "  (new, 2 entries)");
    failure(() -> assertThat(after).comparedTo(before).as("the %s build", "release").isAsExpected())
        .withMessageContaining("[the release build]")
        .withMessageContaining(tree.path("build").toString());
    failure(() -> assertThat(Verification.compare(before, after)).passed())
        .withMessageContaining("FAIL  workspace");
  }

  @Test
  void namesWhatIsGoneOrNotAsItWas() throws IOException {
    DiskBaseline before = capture();
    Files.delete(tree.path("src/app.py"));
    tree.file("dist/x.whl", "x".repeat(4096), NOW.plusSeconds(1));
    DiskBaseline after = capture();

    failure(() -> assertThat(after).comparedTo(before).lostNothing())
        .withMessageContaining(tree.path("src/app.py") + "  (gone)");
    failure(() -> assertThat(after).comparedTo(before).replacedNothing())
        .withMessageContaining(tree.path("dist/x.whl") + "  (written again)");
  }

  private final Lowtide lowtide =
      TestMachine.lowtide(tree, TestPolicy.deleting("src/__pycache__", "dist")).build();

  private CleanupTarget target() {
    return CleanupTarget.of("workspace", tree.root()).keeping("dist");
  }

  @Test
  void holdsForAPlan() throws IOException {
    assertThat(lowtide.plan(target()))
        .removesOnly("**/__pycache__/**")
        .removes("src/__pycache__")
        .refuses("dist")
        .reclaimsAtLeast(kibibytes(40));
  }

  @Test
  void namesWhatAPlanRemovesAndThePolicyToBlame() throws IOException {
    CleanupPlan plan = lowtide.plan(target());

    failure(() -> assertThat(plan).removesOnly("**/*.o"))
        .withMessageContaining("'**/*.o', but it also removes")
        .withMessageContaining(
            "KiB  " + tree.path("src/__pycache__") + "  (test.paths: it is a test's)");
    failure(() -> assertThat(plan).removesNothing()).withMessageContaining("__pycache__");
    failure(() -> assertThat(plan).removes("build"))
        .withMessageContaining("should remove 'build'")
        .withMessageContaining(tree.path("dist") + "  (test.paths, keep: ");
    failure(() -> assertThat(plan).refuses("src"))
        .withMessageContaining("should refuse 'src', but it removes")
        .withMessageContaining(tree.path("src/__pycache__") + "  (test.paths");
    failure(() -> assertThat(plan).reclaimsAtLeast(mebibytes(1)))
        .withMessageContaining("should free 1 MiB, but it frees ");
  }

  @Test
  void namesWhatBecameOfEachItemOfAReport() throws IOException {
    CleanupPlan plan = lowtide.plan(target());
    tree.file("src/__pycache__/changed.pyc");
    CleanupReport report = lowtide.apply(plan);

    assertThat(report).failedNowhere();
    failure(() -> assertThat(report).freedAtLeast(kibibytes(1)))
        .withMessageContaining("should have freed 1 KiB, but freed 0 B")
        .withMessageContaining("skipped")
        .withMessageContaining(tree.path("src/__pycache__") + "  (test.paths): ");
    failure(() -> assertThat(report).skippedNothing()).withMessageContaining("__pycache__");
  }

  @Test
  void holdsForAReport() throws IOException {
    assertThat(lowtide.apply(lowtide.plan(target())))
        .freedAtLeast(kibibytes(40))
        .failedNowhere()
        .skippedNothing();
  }
}
