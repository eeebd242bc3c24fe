package dev.lowtide.policies.rust.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policies.rust.RustPolicies;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A workspace of path dependencies, and the real cargo to build it: a library with a build script,
 * a procedural macro, a cdylib, a dylib, and a program with an example, a test and a benchmark.
 */
final class CargoWorkspace {
  /** What is built every day; after a sweep all of it must be fresh. */
  private static final List<String> CURRENT =
      List.of("build", "test --no-run", "check", "build --release");

  /** What cargo says of everything that it does not find fresh. */
  static final String DIRTY = "(?m)^\\s+(Compiling|Checking|Dirty|Running) .*";

  private final Path root;
  private final Map<String, String> variables = new HashMap<>();
  private final List<String> cargo = new ArrayList<>(List.of("cargo"));

  private CargoWorkspace(Path root) {
    this.root = root;
  }

  /** What is there already, to be built by the installed cargo. */
  static CargoWorkspace at(Path root) {
    return new CargoWorkspace(root);
  }

  /** Writes the sources. */
  static CargoWorkspace create(Path root) throws IOException {
    CargoWorkspace workspace = new CargoWorkspace(Files.createDirectories(root));
    workspace.write(
        "Cargo.toml",
        """
        [workspace]
        resolver = "2"
        members = ["app", "base", "mac", "cdy", "dyl"]
        [profile.ci]
        inherits = "dev"
        opt-level = 1
        """);
    workspace.setBaseVersion("0.1.0");
    workspace.write(
        "base/build.rs",
        """
        fn main() {
            println!("cargo:rerun-if-changed=build.rs");
            let out = std::env::var("OUT_DIR").unwrap();
            let file = std::path::Path::new(&out).join("answer.rs");
            std::fs::write(file, "pub const ANSWER: u32 = 42;").unwrap();
        }
        """);
    workspace.write(
        "base/src/lib.rs",
        """
        include!(concat!(env!("OUT_DIR"), "/answer.rs"));
        pub fn answer() -> u32 { ANSWER }
        #[cfg(feature = "extra")] pub fn extra() -> u32 { 1 }
        """);
    workspace.write("mac/Cargo.toml", manifest("mac", "[lib]\nproc-macro = true\n"));
    workspace.write(
        "mac/src/lib.rs",
        """
        use proc_macro::TokenStream;
        #[proc_macro] pub fn seven(_: TokenStream) -> TokenStream { "7u32".parse().unwrap() }
        """);
    String base = "[dependencies]\nbase = { path = \"../base\" }\n";
    workspace.write("cdy/Cargo.toml", manifest("cdy", "[lib]\ncrate-type = [\"cdylib\"]\n" + base));
    workspace.write(
        "cdy/src/lib.rs",
        "#[no_mangle] pub extern \"C\" fn cdy_answer() -> u32 { base::answer() }\n");
    workspace.write("dyl/Cargo.toml", manifest("dyl", "[lib]\ncrate-type = [\"dylib\"]\n"));
    workspace.write("dyl/src/lib.rs", "pub fn three() -> u32 { 3 }\n");
    workspace.write(
        "app/Cargo.toml",
        manifest(
            "app",
            "[features]\nextra = [\"base/extra\"]\n"
                + base
                + "mac = { path = \"../mac\" }\n[[bench]]\nname = \"speed\"\nharness = false\n"));
    workspace.write(
        "app/src/main.rs", "fn main() { println!(\"{}\", base::answer() + mac::seven!()); }\n");
    workspace.write("app/examples/show.rs", "fn main() { println!(\"{}\", base::answer()); }\n");
    workspace.write("app/tests/adds.rs", "#[test] fn adds() { assert_eq!(base::answer(), 42); }\n");
    workspace.write("app/benches/speed.rs", "fn main() { base::answer(); }\n");
    return workspace;
  }

  private static String manifest(String name, String more) {
    return "[package]\nname = \"" + name + "\"\nversion = \"0.1.0\"\nedition = \"2021\"\n" + more;
  }

  /** A new version of a dependency: units of everything that depends on it pile up. */
  void setBaseVersion(String version) throws IOException {
    write(
        "base/Cargo.toml", manifest("base", "[features]\nextra = []\n").replace("0.1.0", version));
  }

  void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  Path root() {
    return root;
  }

  /** The same workspace, built by the nightly cargo into the layout of later versions. */
  CargoWorkspace withLaterLayout() {
    return withCargo("+nightly", "-Z", "build-dir-new-layout");
  }

  /** The same workspace, built by cargo with further arguments before its command. */
  CargoWorkspace withCargo(String... arguments) {
    CargoWorkspace changed = with(root);
    changed.cargo.addAll(List.of(arguments));
    return changed;
  }

  private CargoWorkspace with(Path otherRoot) {
    CargoWorkspace changed = new CargoWorkspace(otherRoot);
    changed.cargo.clear();
    changed.cargo.addAll(cargo);
    changed.variables.putAll(variables);
    return changed;
  }

  CargoWorkspace with(String variable, String value) {
    CargoWorkspace changed = with(root);
    changed.variables.put(variable, value);
    return changed;
  }

  /** Skips the test where this cargo is not installed. */
  CargoWorkspace assumeInstalled() {
    List<String> version = new ArrayList<>(cargo);
    version.add("--version");
    boolean installed;
    try {
      installed = start(root, version).exit() == 0;
    } catch (UncheckedIOException e) {
      installed = false;
    }
    assumeTrue(installed, "skipped: '" + String.join(" ", cargo) + "' is not installed");
    return this;
  }

  private record Ended(int exit, String output) {}

  /** Starts cargo, which will not end by itself. */
  Process start(String arguments) throws IOException {
    List<String> argv = new ArrayList<>(cargo);
    argv.addAll(Arrays.asList(arguments.split(" ")));
    return process(root, argv).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }

  private ProcessBuilder process(Path directory, List<String> argv) {
    ProcessBuilder builder = new ProcessBuilder(argv).redirectErrorStream(true);
    builder.directory(directory.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("(CARGO|RUST)(?!UP).*(?<!HOME)"));
    builder.environment().put("CARGO_NET_OFFLINE", "true");
    builder.environment().putAll(variables);
    return builder;
  }

  private Ended start(Path directory, List<String> argv) {
    try {
      Process process = process(directory, argv).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ended(process.waitFor(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Leaves all that cargo makes: units that are superseded, tests and documentation, too. */
  void buildAll() throws IOException {
    cargo("build");
    setBaseVersion("0.2.0");
    cargo("build");
    cargo("test --no-run");
    cargo("doc --no-deps");
  }

  /** Runs cargo, which must succeed, and returns what it printed. */
  String cargo(String arguments) {
    List<String> argv = new ArrayList<>(cargo);
    argv.addAll(Arrays.asList(arguments.split(" ")));
    if (arguments.matches("(build|test|check).*")) {
      argv.add("-j2");
    }
    Ended ended = start(root, argv);
    assertThat(ended.exit())
        .as("exit code of %s, which printed:%n%s", argv, ended.output())
        .isZero();
    return ended.output();
  }

  CargoWorkspace buildCurrent() {
    CURRENT.forEach(this::cargo);
    return this;
  }

  void assertThatCurrentIsFresh() {
    for (String command : CURRENT) {
      String output = cargo(command + " -v");
      assertThat(output).as(command).contains("Fresh app").doesNotContainPattern(DIRTY);
    }
  }

  /**
   * Makes everything so much older, sources and outcomes alike, so that nothing is dirty; and last
   * read when it was written.
   */
  void age(Duration by) {
    TestTree.in(root).age(by);
  }

  /** A copy with its times and links, in which nothing has been read since it was written. */
  CargoWorkspace copyTo(Path other) throws IOException {
    Ended ended = start(root, List.of("cp", "-a", root + "/.", other.toString()));
    assertThat(ended.exit()).as(ended.output()).isZero();
    CargoWorkspace copy = with(other);
    copy.age(Duration.ZERO);
    return copy;
  }

  /** Plans with the policies for Rust, where the variables are set that cargo has. */
  CleanupPlan plan(String policy, String... settings) throws IOException {
    return lowtide(policy, settings).plan(target());
  }

  CleanupTarget target() {
    return CleanupTarget.of("workspace", root);
  }

  Lowtide lowtide(String policy, String... settings) {
    return configured(policy, settings).build();
  }

  LowtideBuilder configured(String policy, String... settings) {
    Map<String, String> all = new HashMap<>();
    for (String setting : settings) {
      all.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
    }
    RustPolicies policies = new RustPolicies();
    HostEnvironment host =
        HostEnvironment.current()
            .withVariables(
                inherited -> {
                  Map<String, String> changed = new HashMap<>(inherited);
                  changed.putAll(variables);
                  return changed;
                });
    return Lowtide.builder()
        .host(host.withTools(CommandRunner.tools(host, policies.tools())))
        .providers(
            List.of(policies), new PolicyProvider.Selection(Set.of(policy), Map.of("rust", all)));
  }
}
