package dev.lowtide.policies.rust.builds;

import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.policies.rust.builds.TargetTree.Made;
import dev.lowtide.testing.Planned;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** What a build script wrote stays while a program stays that may open it. */
class ProgramDataTest {
  private static final String DEBUG = "target/debug";
  private static final String PROGRAM = DEBUG + "/app";

  private final Made run = Made.of("words", 1, daysAgo(40));
  private final String data = DEBUG + "/build/words-" + run.hash();
  private final String record = DEBUG + "/.fingerprint/words-" + run.hash();
  private final Made app = Made.of("app", 2, daysAgo(40), run);
  private final Made used = Made.of("other", 3, daysAgo(40)).readAt(daysAgo(1));

  private final TargetTree project =
      new TargetTree().file("Cargo.toml", daysAgo(50)).target("target", "debug");

  private ProgramDataTest withProgram() {
    project
        .unit(DEBUG, app)
        .unit(DEBUG, used)
        .run(DEBUG, run, "words.txt")
        .tree()
        .file(DEBUG + "/deps/app-" + app.hash(), "program", daysAgo(40))
        .hardLink(PROGRAM, DEBUG + "/deps/app-" + app.hash());
    return this;
  }

  @Test
  void byAgeTheDataOfAProgramStays() {
    assertThat(withProgram().project.plan("rust.target-stale", "target-stale.mode=age").proposed())
        .contains(DEBUG + "/deps/app-" + app.hash())
        .doesNotContain(data, record);
  }

  @Test
  void theDataStaysWhenTheUnitOfTheProgramIsGone() throws IOException {
    withProgram().project.plan("rust.target-stale", "target-stale.mode=age").apply();

    assertThat(project.plan("rust.target-stale", "target-stale.mode=age").proposed()).isEmpty();
    assertThat(project.tree().names()).contains(PROGRAM, data + "/out/words.txt");
  }

  @Test
  void theDataStaysWhenAPartOfTheProgramIsGone() {
    Made library = Made.of("library", 4, daysAgo(40), run);
    Made other = Made.of("app", 5, daysAgo(40), library);
    project
        .unit(DEBUG, other)
        .unit(DEBUG, used)
        .run(DEBUG, run, "words.txt")
        .tree()
        .hardLink(PROGRAM, DEBUG + "/deps/libapp-" + other.hash() + ".rlib");

    assertThat(project.plan("rust.target-stale", "target-stale.mode=age").proposed()).isEmpty();
  }

  @Test
  void withoutTheProgramItGoes() throws IOException {
    withProgram();
    Files.delete(project.tree().path(PROGRAM));

    assertThat(project.plan("rust.target-stale", "target-stale.mode=age").proposed())
        .contains(data, record);
  }

  @Test
  void inAnUnusedDirectoryTheDataOfAProgramStaysAndTheRestGoes() {
    withProgram().project.tree().allModified(daysAgo(40));

    Planned planned = project.plan("rust.target-dir", "target-dir.older-than=0s");

    assertThat(planned.refused())
        .containsEntry(data, "a program that stays may open what is in it");
    assertThat(planned.proposed()).contains(DEBUG + "/.fingerprint", DEBUG + "/deps");
  }
}
