package dev.lowtide.policies.rust.target;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens when the real cargo is asked about somebody else's workspace. */
class WorkspacesE2ETest {
  @TempDir Path directory;

  /** Who looks may be root. */
  @Test
  void aProgramThatAWorkspaceNamesAsItsToolchainIsNotRun() throws IOException {
    ChildProcess.assumeTool("rustup");
    Path root = directory.toRealPath();
    Path ran = root.resolve("ran");
    TestTree.in(root)
        .file("toolchain/bin/cargo", "#!/bin/sh\n: > '" + ran + "'\n")
        .file("work/rust-toolchain.toml", "[toolchain]\npath = \"" + root + "/toolchain\"\n")
        .file("work/Cargo.toml", "[package]\nname = \"work\"\nversion = \"0.1.0\"\n")
        .file("work/src/lib.rs", "");
    Files.setPosixFilePermissions(
        root.resolve("toolchain/bin/cargo"), PosixFilePermissions.fromString("rwxr-xr-x"));

    CargoWorkspace.at(root.resolve("work")).plan("rust.target-stale");

    assertThat(ran).doesNotExist();
  }
}
