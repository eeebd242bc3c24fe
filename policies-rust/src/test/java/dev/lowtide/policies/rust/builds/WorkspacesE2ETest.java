package dev.lowtide.policies.rust.builds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Marker;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

    plan(hostileWorkspace());

    assertThat(ran()).doesNotExist();
  }

  /** That it is rustup does not show in any name then. */
  @Test
  void norWhereRustupIsReachedByALinkToAnotherNameOfIt() throws IOException {
    ChildProcess.assumeTool("rustup");
    CargoWorkspace workspace = hostileWorkspace();
    Path rustup = HostEnvironment.current().executable("rustup").orElseThrow().toRealPath();
    Path bin = Files.createDirectories(directory.toRealPath().resolve("bin"));
    Files.copy(rustup, bin.resolve("tools"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.createSymbolicLink(bin.resolve("cargo"), bin.resolve("tools"));

    plan(workspace.with("PATH", bin + ":/usr/bin:/bin"));

    assertThat(ran()).doesNotExist();
  }

  private Path ran() throws IOException {
    return directory.toRealPath().resolve("ran");
  }

  private CargoWorkspace hostileWorkspace() throws IOException {
    Path root = directory.toRealPath();
    TestTree.in(root)
        .file("toolchain/bin/cargo", "#!/bin/sh\n: > '" + ran() + "'\n")
        .file("work/rust-toolchain.toml", "[toolchain]\npath = \"" + root + "/toolchain\"\n")
        .file("work/Cargo.toml", "[package]\nname = \"work\"\nversion = \"0.1.0\"\n")
        .file(
            "work/.cargo/config.toml",
            "[build]\nrustc = \"%1$s\"\nrustc-wrapper = \"%1$s\"\n"
                .formatted(root.resolve("toolchain/bin/cargo")))
        .file("work/target/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning())
        .file("work/target/.rustc_info.json", "{}")
        .file("work/src/lib.rs", "");
    Files.setPosixFilePermissions(
        root.resolve("toolchain/bin/cargo"), PosixFilePermissions.fromString("rwxr-xr-x"));
    return CargoWorkspace.at(root.resolve("work"));
  }

  private static void plan(CargoWorkspace workspace) throws IOException {
    workspace.plan("rust.target-stale");
  }
}
