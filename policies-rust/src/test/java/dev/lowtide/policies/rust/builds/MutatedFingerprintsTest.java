package dev.lowtide.policies.rust.builds;

import static dev.lowtide.testing.TestTree.daysAgo;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lowtide.policies.rust.builds.TargetTree.Made;
import dev.lowtide.testing.Mutations;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The records of cargo with something wrong in them: whatever they say, no reader fails. */
class MutatedFingerprintsTest {
  private final Made base = Made.of("base", 1, daysAgo(40));
  private final Made app = Made.of("app", 1, daysAgo(20), base);

  @Test
  void fingerprints() {
    Mutations.of(app.json().getBytes(UTF_8), json -> Fingerprint.parse(new String(json, UTF_8)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"deps\":", "{\"rustflags\":["})
  void deepFingerprints(String opened) {
    Fingerprint.parse(opened.repeat(100_000));
  }

  @Test
  void listsOfDependencies() throws IOException {
    TargetTree target = new TargetTree().file("Cargo.toml", daysAgo(50)).target("target", "debug");
    target.unit("target/debug", base).unit("target/debug", app);
    TestTree tree = target.tree();
    tree.file(
        "target/debug/deps/app-" + app.hash() + ".d",
        "/tree/target/debug/deps/a\\ b: src/lib.rs\n\nsrc/lib.rs:\n");
    Path list = tree.path("target/debug/deps/app-" + app.hash() + ".d");

    Mutations.of(
        Files.readAllBytes(list),
        content -> {
          Files.write(list, content);
          target.plan("rust.target-stale");
        });
  }
}
