package dev.lowtide.policies.rust;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.Tools;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Examination.Finding.Severity;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is found on machines that are described. */
class RustDoctorTest {
  private static final String TAG = "Signature: 8a477f597d28d172789f06886806bc55";

  private final TestTree tree = TestTree.inMemory();
  private final Map<String, String> variables = new HashMap<>();
  private Optional<String> stats = Optional.empty();

  private List<Finding> examine(Map<String, String> settings) {
    Tools tools =
        new Tools() {
          @Override
          public Optional<String> ask(Path directory, List<String> argv) {
            return argv.contains("--show-stats") ? stats : Optional.empty();
          }

          @Override
          public boolean isRunning(String executable) {
            return stats.isPresent();
          }
        };
    HostEnvironment host =
        HostEnvironment.of(
                OperatingSystem.LINUX, tree.root().getFileSystem(), variables, "/home/me", "/tmp")
            .withTools(tools);
    try {
      return new RustPolicies()
          .examine(
              new Examination(
                  host,
                  SizeProbe.portable(),
                  List.of(SizeProbe.portable().capture(tree.root())),
                  settings));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> found() {
    return examine(Map.of()).stream().map(Finding::id).toList();
  }

  private Finding theOnlyOne() {
    assertThat(examine(Map.of())).hasSize(1);
    return examine(Map.of()).get(0);
  }

  private void project(String directory) {
    tree.file(directory + "/Cargo.toml", "[package]\nname = \"x\"\n")
        .file(directory + "/Cargo.lock");
  }

  private void target(String directory) {
    tree.file(directory + "/CACHEDIR.TAG", TAG).file(directory + "/.rustc_info.json", "{}");
  }

  private void server(String directory, long cap) {
    stats =
        Optional.of(
            "{\"stats\":{\"cache_hits\":{\"counts\":{\"Rust\":3}},\"cache_misses\":{\"counts\":"
                + "{\"Rust\":1}},\"cache_errors\":{\"counts\":{}},\"not_cached\":{\"incremental\":7}},\"cache_location\":\"Local"
                + " disk: \\\""
                + directory
                + "\\\"\",\"cache_size\":2048,\"max_cache_size\":"
                + cap
                + "}");
  }

  @Test
  void nothingIsFoundWhereNothingIsWrong() {
    project(".");
    target("target");

    assertThat(found()).isEmpty();
  }

  @Test
  void aCapThatSccacheIgnores() {
    variables.put("SCCACHE_CACHE_SIZE", "10GB");

    Finding finding = theOnlyOne();

    assertThat(finding.id()).isEqualTo("rust.sccache-cap-ignored");
    assertThat(finding.severity()).isEqualTo(Severity.ERROR);
    assertThat(finding.where()).isEqualTo("SCCACHE_CACHE_SIZE");
    assertThat(finding.message()).contains("'10GB' has no effect", "may grow to 10 GiB");
    assertThat(finding.remedy()).isEqualTo("Set it to 9G.");
  }

  @Test
  void aCapThatSccacheIgnoresInTheConfigurationOfCargo() {
    project(".");
    tree.file(".cargo/config.toml", "[env]\nSCCACHE_CACHE_SIZE = { value = \"3.5G\" }\n");

    assertThat(theOnlyOne().where()).isEqualTo("/tree/.cargo/config.toml");
    assertThat(theOnlyOne().message()).contains("'3.5G'");
  }

  @Test
  void aServerThatRunsWithAnotherCap() {
    variables.put("SCCACHE_CACHE_SIZE", "5G");
    server("/home/me/.cache/sccache", 10L << 30);

    assertThat(theOnlyOne().id()).isEqualTo("rust.sccache-cap-differs");
    assertThat(theOnlyOne().message()).contains("grow to 10 GiB", "5 GiB is configured");
    assertThat(theOnlyOne().remedy()).contains("sccache --stop-server");

    server("/home/me/.cache/sccache", 5L << 30);
    assertThat(found()).isEmpty();
  }

  @Test
  void aServerThatRunsOnAnotherDirectory() {
    server("/elsewhere", 10L << 30);

    assertThat(theOnlyOne().id()).isEqualTo("rust.sccache-directory-differs");
  }

  @Test
  void budgetsThatDoNotHold() {
    server("/home/me/.cache/sccache", 10L << 30);

    assertThat(examine(Map.of("sccache-hit-rate", "75%", "sccache-size", "1MB"))).isEmpty();
    assertThat(examine(Map.of("sccache-hit-rate", "85%", "sccache-size", "2KiB")))
        .extracting(Finding::id, Finding::severity)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("rust.sccache-hit-rate", Severity.ERROR),
            org.assertj.core.groups.Tuple.tuple("rust.sccache-size", Severity.ERROR));
  }

  @Test
  void aSizeIsMeasuredWhereNoServerTellsIt() {
    variables.put("SCCACHE_DIR", "/tree/cache");
    tree.file("cache/a/b/x", kib(64));

    assertThat(examine(Map.of("sccache-size", "1MB"))).isEmpty();
    assertThat(examine(Map.of("sccache-size", "64KB")))
        .extracting(Finding::id)
        .containsExactly("rust.sccache-size");
  }

  @Test
  void targetDirectoriesThatHoldTheSame() {
    project("one");
    project("two");
    for (String project : List.of("one", "two")) {
      target(project + "/target");
      tree.file(project + "/target/debug/deps/libserde-0123456789abcdef.rlib", kib(512))
          .file(project + "/target/debug/deps/lib" + project + "-0123456789abcdef.rlib", kib(64))
          .file(project + "/target/debug/" + project, kib(64));
    }
    tree.file("two/target/debug/deps/libsyn-0123456789abcdef.rlib", kib(512));

    assertThat(found())
        .containsExactlyInAnyOrder("rust.duplicate-targets", "rust.target-dir-not-shared");
    Finding duplicate = examine(Map.of()).get(0);
    assertThat(duplicate.message())
        .contains("2 target directories below (one/target, two/target)", "~512 KiB");
    assertThat(duplicate.remedy())
        .contains(
            "'target-dir = \"/tree/target\"' under [build] in /tree/.cargo/config.toml, then");
  }

  /** As after {@code cp -al}. */
  @Test
  void namesOfOneFileAreNoDuplicates() {
    target("one/target");
    target("two/target");
    tree.file("one/target/debug/deps/libserde-0123456789abcdef.rlib", kib(8))
        .hardLink(
            "two/target/debug/deps/libserde-0123456789abcdef.rlib",
            "one/target/debug/deps/libserde-0123456789abcdef.rlib");

    assertThat(examine(Map.of())).isEmpty();
  }

  @Test
  void aTargetDirectoryThatTheConfigurationOfACrateNames() {
    project("one");
    project("two");
    tree.file("two/.cargo/config.toml", "[build]\ntarget-dir = \"out\"\n");
    target("one/target");
    target("two/out");
    for (String target : List.of("one/target", "two/out")) {
      tree.file(target + "/debug/deps/libserde-0123456789abcdef.rlib", kib(8));
    }

    assertThat(theOnlyOne().remedy())
        .contains(
            "in /tree/.cargo/config.toml and remove what overrides it"
                + " (/tree/two/.cargo/config.toml), then remove the old directories.");
  }

  @Test
  void oneTargetDirectoryForAll() {
    project("one");
    project("two");
    tree.file(".cargo/config.toml", "[build]\ntarget-dir = \"/tree/target\"\n");
    target("target");

    assertThat(found()).isEmpty();
  }

  @Test
  void incrementalCompilationBehindSccache() {
    project(".");
    tree.file(".cargo/config.toml", "[build]\nrustc-wrapper = \"/tree/bin/sccache\"\n")
        .file("bin/sccache");
    server("/home/me/.cache/sccache", 10L << 30);

    assertThat(theOnlyOne().id()).isEqualTo("rust.incremental-with-sccache");
    assertThat(theOnlyOne().message()).contains("rejected 7 calls");

    variables.put("CARGO_INCREMENTAL", "0");
    assertThat(found()).isEmpty();
  }

  @Test
  void incrementalCompilationThatAManifestTurnsOff() {
    variables.put("RUSTC_WRAPPER", "/tree/bin/sccache");
    tree.file("bin/sccache");
    project(".");
    tree.file("Cargo.toml", "[package]\nname = \"x\"\n[profile.dev]\nincremental = false\n");

    assertThat(found()).isEmpty();
  }

  @Test
  void aWrapperThatIsNotThere() {
    project(".");
    tree.file(".cargo/config.toml", "[build]\nrustc-wrapper = \"ccache\"\n");

    assertThat(theOnlyOne().id()).isEqualTo("rust.wrapper-missing");
    assertThat(theOnlyOne().where()).isEqualTo("/tree/.cargo/config.toml");
  }

  @Test
  void anEmptyWrapperIsNone() {
    variables.put("RUSTC_WRAPPER", "");
    project(".");

    assertThat(found()).isEmpty();
  }

  @Test
  void aDirectoryOfSccacheThatOnlyCargoKnows() {
    project(".");
    tree.file(".cargo/config.toml", "[env]\nSCCACHE_DIR = \"/big/cache\"\n");

    assertThat(theOnlyOne().id()).isEqualTo("rust.sccache-directory-of-cargo");
    assertThat(theOnlyOne().message()).contains("/big/cache", "/home/me/.cache/sccache");
  }

  @Test
  void aServerThatCargoStartsWithADirectoryOfItsOwnIsAsItShouldBe() {
    project(".");
    tree.file(".cargo/config.toml", "[env]\nSCCACHE_DIR = { value = \"/big/cache\" }\n");
    server("/big/cache", 10L << 30);

    assertThat(found()).containsExactly("rust.sccache-directory-of-cargo");
  }

  @Test
  void aDirectoryThatIsRelativeToTheOneWithTheConfigurationOfCargo() {
    project("work/here");
    tree.file(
        "work/.cargo/config.toml",
        "[env]\nSCCACHE_DIR = { value = \"../cache\", relative = true }\n");
    server(tree.path("cache").toString(), 10L << 30);

    assertThat(found()).containsExactly("rust.sccache-directory-of-cargo");
    assertThat(theOnlyOne().message()).contains("keep its cache in " + tree.path("cache") + ",");
  }

  @Test
  void aServerElsewhereThanCargoWantsIt() {
    project(".");
    tree.file(".cargo/config.toml", "[env]\nSCCACHE_DIR = \"/big/cache\"\n");
    server("/home/me/.cache/sccache", 10L << 30);

    assertThat(found())
        .containsExactlyInAnyOrder(
            "rust.sccache-directory-of-cargo", "rust.sccache-directory-differs");
  }

  @Test
  void repositoriesThatHaveNothingToDoWithEachOtherNeedNotShare() {
    project("one");
    project("two");
    tree.directory("one/.git").directory("two/.git");

    assertThat(found()).isEmpty();
  }

  @Test
  void moreInTargetDirectoriesThanTheBudgetAllows() {
    project(".");
    target("target");
    tree.file("target/debug/big", kib(64));

    assertThat(examine(Map.of("target-size", "32KiB")))
        .extracting(Finding::id)
        .containsExactly("rust.target-size");
    assertThat(examine(Map.of("target-size", "1MiB"))).isEmpty();
  }

  @Test
  void aConfigurationThatIsNoTomlIsPassedOver() {
    project(".");
    tree.file(".cargo/config.toml", "[build\nrustc-wrapper = ").file("Cargo.toml", "[[[");

    assertThat(found()).isEmpty();
  }
}
