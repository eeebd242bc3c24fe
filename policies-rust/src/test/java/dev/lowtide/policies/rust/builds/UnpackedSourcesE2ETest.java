package dev.lowtide.policies.rust.builds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.execute.Lowtide;
import dev.lowtide.policies.rust.RustPolicies;
import dev.lowtide.policy.Policy;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sources as an archive has them, without a repository that would protect them. */
class UnpackedSourcesE2ETest {
  @TempDir Path directory;
  private CargoWorkspace workspace;
  private Map<String, String> unpacked;

  @BeforeEach
  void unpack() throws IOException {
    ChildProcess.assumeTool("cargo");
    workspace = CargoWorkspace.create(directory.toRealPath().resolve("ws"));
    workspace.cargo("generate-lockfile --offline");
    // Each has the name or a place of something that cargo makes
    tree()
        .file("app/doc/index.html")
        .file("app/deps/libapp-0123456789abcdef.rlib")
        .file("app/incremental/app-0123456789abc/notes.txt")
        .file("app/tests/data/target/debug/deps/app-0123456789abcdef.d")
        .file("app/tests/data/target/debug/.fingerprint/app-0123456789abcdef/lib-app.json")
        .file("build/app-0123456789abcdef/out/hand-written.rs");
    unpacked = sources();
  }

  private TestTree tree() {
    return TestTree.in(workspace.root());
  }

  /** Everything outside the target directory. */
  private Map<String, String> sources() {
    Map<String, String> all = new TreeMap<>(tree().fingerprint());
    all.keySet().removeIf(name -> name.equals("target") || name.startsWith("target/"));
    return all;
  }

  private Lowtide inTwoMonths(String policy) throws IOException {
    return workspace.configured(policy).clock(TestMachine.clockIn(Duration.ofDays(60))).build();
  }

  @Test
  void holdNothingToRemove() throws IOException {
    for (Policy policy : new RustPolicies().policies(Map.of())) {
      assertThat(inTwoMonths(policy.id()).plan(workspace.target()).items()).isEmpty();
    }
  }

  @Test
  void areAsTheyWereAfterABuildAndARemovalOfAllThatWasBuilt() throws IOException {
    workspace.cargo("build --offline");
    workspace.cargo("doc --no-deps --offline");

    for (String policy : List.of("rust.doc", "rust.target-dir")) {
      Lowtide lowtide = inTwoMonths(policy);
      lowtide.apply(lowtide.plan(workspace.target())).orThrow();
    }

    assertThat(sources()).isEqualTo(unpacked);
    assertThat(tree().names())
        .filteredOn(name -> name.startsWith("target/"))
        .as("only programs, what they may open, and cargo's own records of the directory")
        .allMatch(
            name ->
                name.matches(
                    "target/(CACHEDIR\\.TAG|\\.rustc_info\\.json|\\.rustdoc_fingerprint\\.json"
                        + "|debug(/(build(/base-[0-9a-f]+(/.+)?)?|examples|\\.cargo-(build-)?lock|app|lib[a-z]+\\.so))?)"));
  }
}
