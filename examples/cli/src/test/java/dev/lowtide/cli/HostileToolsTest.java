package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.Printable;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.Marker;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A workspace that contains programs with the names of all tools, and a PATH that leads to them.
 */
class HostileToolsTest {
  @TempDir Path directory;
  private TestTree tree;
  private Path ran;
  private HostEnvironment host;

  @BeforeEach
  void plant() throws IOException {
    tree = TestTree.in(directory.toRealPath()).directory("home").directory("empty");
    ran = tree.path("ran");
    Set<String> tools = new LinkedHashSet<>();
    Lowtide.installedProviders().forEach(provider -> tools.addAll(provider.tools()));
    assertThat(tools).contains("cargo", "uv", "poetry", "conda", "rustup", "pip", "docker");
    for (String tool : tools) {
      tree.file("work/bin/" + tool, "#!/bin/sh\necho " + tool + " >>'" + ran + "'\n");
    }
    ChildProcess.run(tree.root(), "chmod", "-R", "go-w", ".");
    ChildProcess.run(tree.root(), "chmod", "-R", "755", "work/bin");
    tree.file("work/Cargo.toml", "[package]\nname = \"work\"\nversion = \"0.1.0\"\n")
        .file("work/src/lib.rs", "")
        .file("work/target/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning())
        .file("work/target/.rustc_info.json", "{}")
        .file("work/env/conda-meta/history", "")
        .file("work/environment.yml", "")
        .file("home/.cache/uv/.lock", "")
        .file("home/.cache/uv/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning())
        .directory("home/.cache/uv/archive-v0");
    Map<String, String> variables =
        Map.of(
            "HOME", tree.path("home").toString(), "PATH", tree.path("work/bin") + "::.:/usr/bin");
    HostEnvironment machine =
        HostEnvironment.of(
            OperatingSystem.LINUX, tree.root().getFileSystem(), variables, "/nowhere", "/tmp");
    host = machine.withTools(CommandRunner.tools(machine, tools));
  }

  private String run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    Main.run(args, host, InputStream.nullInputStream(), print, print);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void noneOfThemRunsToPlanOrToClean() throws IOException {
    String work = tree.path("work").toString();

    String plan = run("plan", "--root", work, "--caches");
    run("clean", "--root", work, "--caches", "--yes");

    assertThat(plan).contains("only conda may remove it, and it is not on PATH");
    assertThat(ran).doesNotExist();
  }

  /** A plan written by hand, since no policy here would propose it. */
  @Test
  void aPlanRunsNothingButWhatAPolicyCanHaveRun() throws IOException {
    Path bin = Files.createDirectories(tree.path("bin"));
    Files.copy(tree.path("work/bin/rustup"), bin.resolve("rustup"));
    ChildProcess.run(bin, "chmod", "755", "rustup");
    for (String policy : new String[] {"rust.sccache", "docker.build-cache", "rust.no-such"}) {
      tree.file("plan.json", planOf(policy, "rustup", "run", "stable", "rm", "-rf", "x"));
      host = host.withVariables(before -> Map.of("PATH", bin.toString()));

      String printed = run("apply", tree.path("plan.json").toString(), "--yes");

      assertThat(printed).contains("is not a command that " + policy + " runs");
    }
    assertThat(ran).doesNotExist();
  }

  /** A plan as a person of this machine would forge it, who knows the format. */
  private String planOf(String policy, String... argv) throws IOException {
    String madeBy = Lowtide.builder().host(host).build().plan().madeBy();
    String place = Printable.uri(tree.path("work"));
    return """
    {"schema": 1, "madeBy": "%s", "createdAt": "2020-01-01T00:00:00Z", "targets": [{"id": "docker",
    "kind": "STORE", "path": "", "uri": "%s", "keep": []}], "items": [{"id": "1",
    "policy": "%s", "target": "docker", "action": "command", "path": "", "uri": "%s/x",
    "argv": ["%s"], "cause": "REGENERABLE", "reason": "", "cost": "COMPUTE",
    "apparentBytes": 0, "allocatedBytes": 0, "reclaimableBytes": 0,
    "lastUsed": "2020-01-01T00:00:00Z", "identity": {"kind": "DIRECTORY", "device": 0,
    "inode": 0, "changedNanos": 0, "entries": 0, "newestModified": "2020-01-01T00:00:00Z"}}],
    "refused": [], "problems": [], "reclaimableBytes": 0}
    """
        .formatted(madeBy, place, policy, place, String.join("\", \"", argv));
  }

  @Test
  void aPlanSaysWhatIsRun() throws IOException {
    Path bin = Files.createDirectories(tree.path("bin"));
    Files.copy(tree.path("work/bin/uv"), bin.resolve("uv"));
    ChildProcess.run(bin, "chmod", "755", "uv");
    host = host.withVariables(before -> Map.of("HOME", before.get("HOME"), "PATH", bin.toString()));

    assertThat(run("plan", "--caches", "--policy", "python.uv-cache", "--assume-idle"))
        .contains("runs: uv cache prune --cache-dir " + tree.path("home/.cache/uv") + "\n");
  }
}
