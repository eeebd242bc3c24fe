package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Repository;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The units of {@code examples/fleet/systemd} at work. This machine's own system is booted in a
 * container, with a file system in memory over it, so that nothing here is changed.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FleetInAContainerE2ETest {
  private static final Path UNITS = Repository.path("examples/fleet/systemd");
  private static final String RESPONSE = "http-v2/a/b/c/d/e/abcde" + "a".repeat(51);

  private static final String BOOT =
      """
      mount --bind / "$1/system"
      exec timeout -k 5 60 systemd-nspawn --quiet --directory="$1/system" --volatile=overlay --boot --register=no \
        --keep-unit --private-network --resolv-conf=off --bind="$1/boot:/srv/boot" \
        --bind-ro="$2" --bind-ro="$1/boot/check.service:/run/systemd/system/check.service" \
        -- systemd.unit=check.service </dev/null >"$1/boot/console" 2>&1
      """;

  private static final String CHECK =
      """
      exec >/srv/boot/output 2>&1
      cd /srv/boot
      useradd --create-home ci
      cp lowtide /usr/local/bin
      cp lowtide@.* /etc/systemd/system
      cp -r pip notes /home/ci
      mkdir /home/ci/.cache
      mv /home/ci/pip /home/ci/.cache
      chown -R ci: /home/ci
      find /home/ci -exec touch -h -d '30 days ago' {} +
      systemctl daemon-reload
      systemctl start lowtide@ci.timer
      echo "timer: $(systemctl is-active lowtide@ci.timer)"
      keep_free() {
        printf '[limits]\\nuntil-free = "%s"\\n' "$1" >/etc/lowtide.toml
        systemctl start lowtide@ci.service
        echo "$1 free: exit code $?, $(cd /home/ci; find notes .cache/pip -type f | wc -l) files"
      }
      keep_free 1%
      keep_free 100%
      find /home/ci/notes -type f
      journalctl -o cat -u lowtide@ci.service
      systemctl --no-block poweroff
      """;

  private @TempDir Path directory;

  @Test
  void theServiceRemovesCachesWhereSpaceIsShortAndNothingElse() throws IOException {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can boot a container");
    ChildProcess.assumeTool("systemd-nspawn");
    TestTree tree = TestTree.in(directory.toRealPath()).directory("system");
    tree.file("boot/notes/thesis.txt").file("boot/pip/" + RESPONSE, "cc=4,of a server");
    tree.file(
        "boot/check.service",
        """
        [Unit]
        DefaultDependencies=no
        Requires=basic.target
        After=basic.target
        [Service]
        Type=oneshot
        ExecStart=/bin/sh /srv/boot/check
        """);
    tree.file("boot/check", CHECK);
    for (String unit : new String[] {"lowtide@.service", "lowtide@.timer"}) {
      Files.copy(UNITS.resolve(unit), tree.path("boot/" + unit));
    }
    Path classes = Files.createDirectory(tree.path("boot/classes"));
    Path java = Path.of(System.getProperty("java.home"));
    String classPath =
        ChildProcess.copyOfClassPath(classes).replace(classes.toString(), "/srv/boot/classes");
    tree.file(
        "boot/lowtide",
        "#!/bin/sh\nexec %s/bin/java -cp '%s' %s \"$@\"\n"
            .formatted(java, classPath, Main.class.getName()));
    tree.path("boot/lowtide").toFile().setExecutable(true, false);

    boot(tree.root(), java);

    assertThat(tree.path("boot/output"))
        .content()
        .contains(
            "timer: active", "1% free: exit code 0, 2 files", "100% free: exit code 1, 1 files")
        .contains("/home/ci/notes/thesis.txt", "Freed");
  }

  private static void boot(Path root, Path java) {
    try {
      ChildProcess.run(
          root,
          "unshare",
          "--mount",
          "--propagation",
          "private",
          "sh",
          "-c",
          BOOT,
          "sh",
          root.toString(),
          java.toString());
    } finally {
      assumeTrue(
          Files.exists(root.resolve("boot/output")), "skipped: no container can be booted here");
    }
  }
}
