package example.npm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.PolicyContract;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpmPoliciesTest {
  private static final String CONTENT = "content-v2/sha512/0d/e0/" + "5".repeat(124);
  private static final String INDEX = "index-v5/70/2e/" + "3".repeat(60);

  @Test
  void keepsTheContractOfPolicies() {
    PolicyContract.of(new NpmPolicies()).check(NpmPoliciesTest::filled, NpmPoliciesTest::cache);
  }

  @Test
  void contentAndIndexAreRemoved() {
    assertThat(planned(filled()).proposed()).containsExactlyInAnyOrder("content-v2", "index-v5");
  }

  @Test
  void aFileThatNpmDidNotWriteKeepsTheContent() {
    Planned planned = planned(filled().file("content-v2/notes.txt"));

    assertThat(planned.proposed()).containsExactly("index-v5");
    assertThat(planned.refused().get("content-v2")).contains("was not written by npm");
  }

  @Test
  void anIndexWithoutItsHashIsKept() {
    assertThat(planned(filled().file(INDEX, "my own notes")).proposed())
        .containsExactly("content-v2");
  }

  @Test
  void theCacheIsWhereNpmSays() {
    HostEnvironment host = TestMachine.host(TestTree.unix());

    assertThat(new NpmPolicies().discover(host))
        .extracting(target -> target.root().toString())
        .containsExactly("/home/user/.npm/_cacache");
  }

  @Test
  void anUnknownSettingIsAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NpmPolicies().policies(Map.of("keep", "3")))
        .withMessageContaining("'keep'");
  }

  /** What npm itself has written goes, and npm finds nothing wrong with what is left. */
  @Test
  void theCacheOfARealNpmIsRemoved(@TempDir Path directory) throws Exception {
    assumeTrue(run(directory, "npm", "--version") == 0, "npm is not installed");
    Files.writeString(
        Files.createDirectory(directory.resolve("a")).resolve("package.json"),
        "{\"name\":\"a\",\"version\":\"1.0.0\"}");
    Path cache = directory.resolve("cache");
    assertThat(npm(directory, cache, "pack", "./a")).isZero();
    assertThat(npm(directory, cache, "cache", "add", "./a-1.0.0.tgz")).isZero();
    CleanupTarget target = CleanupTarget.cache(NpmPolicies.CACHE, cache.resolve("_cacache"));
    Lowtide lowtide =
        Lowtide.builder()
            .providers(List.of(new NpmPolicies()))
            .gracePeriod(Duration.ZERO)
            .listener(CleanupListener.NONE)
            .assumeIdle()
            .build();

    lowtide.apply(lowtide.plan(target)).orThrow();

    assertThat(cache.resolve("_cacache")).isDirectoryNotContaining(path -> !path.endsWith("tmp"));
    assertThat(npm(directory, cache, "cache", "verify")).isZero();
  }

  private static int npm(Path directory, Path cache, String... arguments) throws Exception {
    List<String> argv = new ArrayList<>(List.of("npm", "--offline", "--cache", "" + cache));
    argv.addAll(List.of(arguments));
    return run(directory, argv.toArray(String[]::new));
  }

  private static int run(Path directory, String... argv) throws InterruptedException {
    try {
      return new ProcessBuilder(argv)
          .directory(directory.toFile())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return 127;
    }
  }

  private static Planned planned(TestTree tree) {
    tree.allModified(TestTree.daysAgo(30));
    return Planned.of(tree, cache(tree), Planned.using(Planned.host(tree)).assumeIdle().build());
  }

  private static TestTree filled() {
    return TestTree.inMemory()
        .file(CONTENT, "a package")
        .file(INDEX, "\n" + "2".repeat(40) + "\t{\"key\":\"pacote:tarball:file:a\"}")
        .directory("tmp");
  }

  private static CleanupTarget cache(TestTree tree) {
    return CleanupTarget.cache(NpmPolicies.CACHE, tree.root());
  }
}
