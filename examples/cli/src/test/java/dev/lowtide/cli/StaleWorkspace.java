package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A Rust workspace of two crates that the real cargo has built twice, each time with another
 * version of the library, so that the units of the first build are stale.
 */
final class StaleWorkspace {
  private final TestTree tree;
  private List<String> stale = List.of();

  /** Writes the sources into an existing directory. */
  StaleWorkspace(Path root) {
    ChildProcess.assumeTool("cargo");
    tree = TestTree.in(root);
    tree.file("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"program\", \"library\"]\n")
        .file(".gitignore", "/target\n")
        .file(
            "program/Cargo.toml",
            manifest("program", "1.0.0")
                + "[dependencies]\nlibrary = { path = \"../library\", version = \"1\" }\n")
        .file("program/src/main.rs", "fn main() { println!(\"{}\", library::one()); }")
        .file("library/Cargo.toml", manifest("library", "1.0.0"))
        .file("library/src/lib.rs", "pub fn one() -> u32 { 1 }");
  }

  private static String manifest(String name, String version) {
    return "[package]\nname = \"%s\"\nversion = \"%s\"\nedition = \"2021\"\n"
        .formatted(name, version);
  }

  /** Builds both versions and dates the first build back. */
  StaleWorkspace builtTwice(Duration ago) {
    build();
    stale = units();
    tree.file("library/Cargo.toml", manifest("library", "1.1.0"));
    build();
    assertThat(units()).hasSizeGreaterThan(stale.size());
    tree.age(ago);
    return this;
  }

  /** Not incrementally, as in a CI job. */
  private String build() {
    return ChildProcess.run(
        tree.root(),
        "env",
        "-u",
        "CARGO_TARGET_DIR",
        "-u",
        "RUSTC_WRAPPER",
        "CARGO_INCREMENTAL=0",
        "cargo",
        "build",
        "--offline",
        "--verbose");
  }

  private List<String> units() {
    return tree.names().stream()
        .filter(name -> name.matches("target/debug/(\\.fingerprint|deps|build)/.*[0-9a-f]{16}.*"))
        .toList();
  }

  void assertThatAllIsThere() {
    assertThat(stale).isNotEmpty().allMatch(tree::has);
  }

  void assertThatOnlyWhatIsStaleIsGone() throws IOException {
    assertThat(stale).isNotEmpty().noneMatch(tree::has);
    assertThat(build()).contains("Fresh library v1.1.0", "Fresh program").doesNotContain("Running");
  }
}
