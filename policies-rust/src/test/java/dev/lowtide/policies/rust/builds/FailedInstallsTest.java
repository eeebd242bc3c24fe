package dev.lowtide.policies.rust.builds;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policies.rust.builds.TargetTree.Made;
import dev.lowtide.testing.Planned;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is proposed of the directories in which {@code cargo install} builds. */
class FailedInstallsTest {
  private static final String POLICY = "rust.cargo-install";
  private static final String LEFT = "cargo-installAb3xY9";
  private static final String RELEASE = LEFT + "/release";
  private static final String FAILED = RELEASE + "/.fingerprint/app-0123456789abcdef";

  private final TargetTree tree = new TargetTree();

  /** As cargo leaves it: a library was built, and the program was not. */
  @BeforeEach
  void left() {
    install(LEFT);
    tree.unit(RELEASE, Made.of("app", 1, daysAgo(3))).file(RELEASE + "/libapp.rlib", daysAgo(3));
    tree.tree()
        .file(FAILED + "/invoked.timestamp", "")
        .file(FAILED + "/output-bin-app", "{\"$message_type\":\"diagnostic\"}\n");
    tree.tree().allModified(daysAgo(3));
  }

  private void install(String path) {
    tree.tree()
        .file(path + "/.rustc_info.json", "{}")
        .file(path + "/release/.cargo-lock", "")
        .directory(path + "/release/.fingerprint")
        .directory(path + "/release/deps");
  }

  private Planned plan() {
    return tree.plan(CleanupTarget.temporary("temp", tree.tree().root()), POLICY);
  }

  @Test
  void goesAsAWhole() {
    assertThat(plan().apply().tree().names()).isEmpty();
  }

  @Test
  void isHeldByCargosLockMeanwhile() {
    assertThat(plan().plan().items().get(0).candidate().locks())
        .containsExactly(tree.tree().path(RELEASE + "/.cargo-lock"));
  }

  @Test
  void goesWithAProgramThatCargoLinked() {
    tree.tree()
        .file(RELEASE + "/deps/tool-0123456789abcde0", 1)
        .hardLink(RELEASE + "/tool", RELEASE + "/deps/tool-0123456789abcde0")
        .allModified(daysAgo(3));

    assertThat(plan().proposed()).containsExactly(LEFT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/thesis.tex",
        "/CACHEDIR.TAG.old",
        "/release/tool",
        "/release/thesis",
        "/release/deps/thesis.tex",
        "/release/.fingerprint/app-0123456789abcdef/output-of-mine",
        "/release/build/notes.txt"
      })
  void staysWithWhatCargoDidNotWrite(String file) {
    tree.tree().file(LEFT + file, "what only a person has").allModified(daysAgo(3));

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused().get(LEFT)).contains(file.substring(file.lastIndexOf('/') + 1));
  }

  @Test
  void staysForADayAfterItsLastChange() {
    tree.file(RELEASE + "/libapp.rlib", NOW.minus(Duration.ofHours(23)));

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused().get(LEFT)).contains("less than a day ago");
  }

  @ParameterizedTest
  @ValueSource(strings = {".rustc_info.json", "release/.cargo-lock", "notes.txt"})
  void isKnownByWhatCargoWritesFirst(String only) {
    tree.tree().file("cargo-installAAAAAA/" + only).allModified(daysAgo(3));

    assertThat(plan().proposed()).containsExactly(LEFT);
    assertThat(plan().refused().get("cargo-installAAAAAA")).contains("nothing shows");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cargo-install", "cargo-install-notes", "cargo-installAb3x", "deep/" + LEFT})
  void isKnownByTheNameThatCargoGives(String other) {
    install(other);
    tree.tree().allModified(daysAgo(3));

    assertThat(plan().proposed()).containsExactly(LEFT);
    assertThat(plan().refused()).isEmpty();
  }

  @Test
  void isNotNamedInAWorkspace() {
    assertThat(tree.plan(POLICY).proposed()).isEmpty();
  }
}
