package dev.lowtide.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.lowtide.junit.DiskNeutral.Watched;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** Runs test classes, which are nested here and named cases, and looks at what became of them. */
class DiskNeutralTest {
  private static Events run(Class<?>... cases) {
    EngineTestKit.Builder builder = EngineTestKit.engine("junit-jupiter");
    for (Class<?> each : cases) {
      builder.selectors(selectClass(each));
    }
    return builder.execute().testEvents();
  }

  private static List<String> passed(Events tests) {
    return names(tests.succeeded());
  }

  private static List<String> failed(Events tests) {
    return names(tests.failed());
  }

  private static List<String> names(Events tests) {
    return tests.stream()
        .map(event -> event.getTestDescriptor().getDisplayName())
        .sorted()
        .toList();
  }

  private static Throwable failure(Events tests) {
    return tests.failed().stream()
        .findFirst()
        .flatMap(event -> event.getPayload(TestExecutionResult.class))
        .flatMap(TestExecutionResult::getThrowable)
        .orElseThrow();
  }

  @DiskNeutral
  static class ClassCase {
    @Watched @TempDir Path workspace;

    @BeforeEach
    void prepare() throws IOException {
      Files.writeString(workspace.resolve("prepared.txt"), "prepared");
    }

    @Test
    void cleansUp() throws IOException {
      Files.delete(Files.createFile(workspace.resolve("temporary")));
    }

    @Test
    void leavesAFile() throws IOException {
      Files.writeString(workspace.resolve("leak.bin"), "leak");
    }

    @Test
    void deletesWhatWasThere() throws IOException {
      Files.delete(workspace.resolve("prepared.txt"));
    }

    @Test
    @DiskNeutral(except = "*.whl", tolerance = "1MiB")
    void mayLeaveWhatItsOwnAnnotationExcepts() throws IOException {
      Files.writeString(workspace.resolve("x.whl"), "wheel");
      Files.writeString(workspace.resolve("log.txt"), "within the tolerance");
    }

    @Nested
    class Inner {
      @Test
      void leavesAFileInside() throws IOException {
        Files.writeString(workspace.resolve("leak.bin"), "leak");
      }
    }
  }

  @Test
  void failsTheTestsOfAClassThatDoNotLeaveTheDirectoryAsItWas() {
    Events tests = run(ClassCase.class);

    assertThat(passed(tests))
        .containsExactly("cleansUp()", "mayLeaveWhatItsOwnAnnotationExcepts()");
    assertThat(failed(tests))
        .containsExactly("deletesWhatWasThere()", "leavesAFile()", "leavesAFileInside()");
  }

  static class ParameterCase {
    @Test
    @DiskNeutral
    void leavesAFile(@Watched(name = "workspace") @TempDir Path workspace) throws IOException {
      Files.writeString(workspace.resolve("leak.bin"), "leak");
    }

    @Test
    void isNotAnnotatedAndLeavesAFile(@TempDir Path workspace) throws IOException {
      Files.writeString(workspace.resolve("leak.bin"), "leak");
    }
  }

  @Test
  void namesThePathThatATestLeftInItsParameter() {
    Events tests = run(ParameterCase.class);

    assertThat(passed(tests)).containsExactly("isNotAnnotatedAndLeavesAFile(Path)");
    assertThat(failure(tests))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("FAIL  workspace ")
        .hasMessageContaining("leak.bin  (new)");
  }

  @DiskNeutral
  static class InMemoryCase {
    @Watched final Path workspace = TestTree.inMemory().file("notes.txt", "mine").root();

    @Test
    void readsOnly() throws IOException {
      Files.readString(workspace.resolve("notes.txt"));
    }

    @Test
    void replacesAFile() throws IOException {
      Files.delete(workspace.resolve("notes.txt"));
      Files.writeString(workspace.resolve("notes.txt"), "ours");
    }
  }

  @Test
  void watchesFileSystemsInMemory() {
    Events tests = run(InMemoryCase.class);

    assertThat(passed(tests)).containsExactly("readsOnly()");
    assertThat(failure(tests)).hasMessageContaining("/notes.txt  (another file with that name)");
  }

  @DiskNeutral
  static class GeneratedCase {
    @Watched final Path workspace = TestTree.inMemory().root();

    @ParameterizedTest(name = "leaves {0}")
    @ValueSource(ints = {0, 1})
    void eachTime(int files) throws IOException {
      for (int i = 0; i < files; i++) {
        Files.createFile(workspace.resolve("leak-" + i));
      }
    }

    @TestFactory
    Stream<DynamicTest> dynamic() {
      return Stream.of(
          DynamicTest.dynamicTest("clean", () -> {}),
          DynamicTest.dynamicTest("leak", () -> Files.createFile(workspace.resolve("leak"))));
    }
  }

  @Test
  void looksAtEachInvocationOfATemplateAndAtDynamicTests() {
    Events tests = run(GeneratedCase.class);

    assertThat(passed(tests)).as("%s", failure(tests)).containsExactly("clean", "leaves 0");
    assertThat(failed(tests)).containsExactly("leak", "leaves 1");
  }

  @DiskNeutral
  static class FailingCase {
    @Watched final Path workspace = TestTree.inMemory().root();

    @Test
    void failsAndLeaks() throws IOException {
      Files.createFile(workspace.resolve("leak"));
      throw new IllegalStateException("the test's own");
    }
  }

  @Test
  void tellsTheFailureOfTheTestItselfFirst() {
    Throwable failure = failure(run(FailingCase.class));

    assertThat(failure).hasMessage("the test's own");
    assertThat(failure.getSuppressed()).singleElement().asString().contains("/leak  (new)");
  }

  static class LocationsCase {
    @Test
    @DiskNeutral(locations = "uv-cach")
    void unknown() {}

    @Test
    @DiskNeutral(locations = "x=relative")
    void relative() {}

    @Test
    @DiskNeutral(tolerance = "much", locations = "temp")
    void noSize() {}

    @Test
    @DiskNeutral
    void watchesNothing() {}
  }

  @Test
  void saysWhatIsWrongWithAnAnnotation() {
    assertThat(run(LocationsCase.class).failed().stream())
        .extracting(DiskNeutralTest::message)
        .anySatisfy(message -> assertThat(message).contains("unknown()", "'uv-cach'; write NAME="))
        .anySatisfy(message -> assertThat(message).contains("relative()", "no absolute path"))
        .anySatisfy(message -> assertThat(message).contains("noSize()", "'much' is not a size"))
        .anySatisfy(message -> assertThat(message).contains("watchesNothing()", "@Watched"));
  }

  private static String message(Event event) {
    return event
        .getPayload(TestExecutionResult.class)
        .flatMap(TestExecutionResult::getThrowable)
        .map(Throwable::getMessage)
        .orElse("");
  }

  @DiskNeutral
  static class NullCase {
    @Watched Path workspace;

    @Test
    void hasNoDirectory() {}
  }

  @Test
  void refusesADirectoryThatIsNotThereYetAsAPath() {
    assertThat(failure(run(NullCase.class)))
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining("'workspace' is @Watched and null");
  }

  @DiskNeutral
  static class OuterCase {
    @Watched static Path shared = TestTree.inMemory().directory("below").root();

    @Test
    void runsAnotherTestMeanwhile() {
      assertThat(failure(run(MeanwhileCase.class)))
          .isInstanceOf(ExtensionConfigurationException.class)
          .hasMessageContaining("is watched by runsAnotherTestMeanwhile() at this time");
    }
  }

  @DiskNeutral
  static class MeanwhileCase {
    @Watched final Path within = OuterCase.shared.resolve("below");

    @Test
    void wouldBeBlamed() {}
  }

  @Test
  void refusesADirectoryThatAnotherTestWatchesAtThisTime() {
    assertThat(failed(run(OuterCase.class))).isEmpty();
    assertThat(passed(run(MeanwhileCase.class))).containsExactly("wouldBeBlamed()");
  }

  /** Counts how many tests run at one time. */
  static class SharedCase {
    static final AtomicInteger RUNNING = new AtomicInteger();
    static final AtomicInteger MOST_BESIDE = new AtomicInteger();

    static void work(boolean alone) throws InterruptedException {
      int running = RUNNING.incrementAndGet();
      if (alone) {
        MOST_BESIDE.accumulateAndGet(running - 1, Math::max);
      }
      Thread.sleep(50);
      if (alone) {
        MOST_BESIDE.accumulateAndGet(RUNNING.get() - 1, Math::max);
      }
      RUNNING.decrementAndGet();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void others(int i) throws InterruptedException {
      work(false);
    }

    @Test
    @DiskNeutral(locations = "x=/no/such/place")
    void watchesWhatAllShare() throws InterruptedException {
      work(true);
    }

    @Test
    @DiskNeutral(locations = "x=/no/such/place")
    void watchesWhatAllShareToo() throws InterruptedException {
      work(true);
    }
  }

  @Test
  void runsATestAloneThatWatchesWhatAllTestsShare() {
    Events tests =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectClass(SharedCase.class))
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
            .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
            .configurationParameter(
                "junit.jupiter.execution.parallel.config.executor-service", "FORK_JOIN_POOL")
            .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
            .configurationParameter(
                "junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
            .execute()
            .testEvents();

    assertThat(tests.succeeded().count()).isEqualTo(6);
    assertThat(SharedCase.MOST_BESIDE).hasValue(0);
  }
}
