package dev.lowtide.policies.rust.cargohome;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A cargo home of its own, filled by the real cargo without any network: a registry and a Git
 * dependency that lie beside it, and a program that uses both.
 */
final class CargoFixture {
  private static final String PACKAGE =
      """
      [package]
      name = "%s"
      version = "1.0.0"
      edition = "2021"
      description = "A crate of tests"
      license = "Apache-2.0"
      """;

  private final TestTree tree;

  CargoFixture(Path directory) {
    tree = TestTree.in(directory);
    ChildProcess.assumeTool("cargo");
    ChildProcess.assumeTool("git");
    assumeTrue(tracksUse(), "skipped: this cargo is older than 1.78 and tracks no use");
    publish("dep");
    tree.file("clone/Cargo.toml", PACKAGE.formatted("cloned"))
        .file("clone/src/lib.rs", "pub fn two() -> u32 { 2 }")
        .file("clone/docs/guide/intro.md", "text")
        .file("clone/empty", "");
    commit("clone");
    tree.file(
            "app/Cargo.toml",
            PACKAGE.formatted("app")
                + "[dependencies]\n"
                + "dep = { version = \"1\", registry = \"local\" }\n"
                + "cloned = { git = \"file://"
                + tree.path("clone")
                + "\" }\n")
        .file("app/src/main.rs", "fn main() { println!(\"{}\", dep::one() + cloned::two()); }");
    tree.file(
        "home/config.toml", "[registries.local]\nindex = \"file://" + tree.path("index") + "\"\n");
  }

  private static boolean tracksUse() {
    String version = ChildProcess.run(Path.of("/"), "cargo", "--version");
    return Integer.parseInt(version.split("[ .]", 4)[2]) >= 78;
  }

  private void publish(String name) {
    tree.file(name + "/Cargo.toml", PACKAGE.formatted(name))
        .file(name + "/src/lib.rs", "pub fn one() -> u32 { 1 }");
    cargo(name, "package", "--no-verify", "--offline", "--quiet");
    String crate = name + "/target/package/" + name + "-1.0.0.crate";
    String sum = run(".", "sha256sum", crate).split(" ", 2)[0];
    tree.file(
            "index/config.json",
            "{\"dl\":\"file://"
                + tree.path(name + "/target/package")
                + "/{crate}-{version}.crate\"}")
        .file(
            "index/3/" + name.charAt(0) + "/" + name,
            "{\"name\":\""
                + name
                + "\",\"vers\":\"1.0.0\",\"deps\":[],\"cksum\":\""
                + sum
                + "\",\"features\":{},\"yanked\":false}\n");
    commit("index");
  }

  private void commit(String directory) {
    run(directory, "git", "init", "-q");
    run(directory, "git", "add", ".");
    run(
        directory,
        "git",
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.invalid",
        "commit",
        "-qm",
        "x");
  }

  private String run(String directory, String... argv) {
    return ChildProcess.run(tree.path(directory), argv);
  }

  /** Cargo's home. */
  TestTree home() {
    return TestTree.in(tree.path("home"));
  }

  /** Runs cargo and returns what it printed; it must succeed. */
  private String cargo(String directory, String... arguments) {
    List<String> argv =
        new ArrayList<>(
            List.of("env", "CARGO_HOME=" + tree.path("home"), "CARGO_TERM_COLOR=never", "cargo"));
    argv.addAll(List.of(arguments));
    return run(directory, argv.toArray(String[]::new));
  }

  /** Builds the program, with what cargo then says of each crate. */
  String build(String... arguments) {
    List<String> all = new ArrayList<>(List.of("build", "--verbose"));
    all.addAll(List.of(arguments));
    return cargo("app", all.toArray(String[]::new));
  }

  void removeTargetDirectory() {
    run("app", "rm", "-rf", "target");
  }
}
