package dev.lowtide.testing;

import dev.lowtide.CleanupListener;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.policy.Policy;
import dev.lowtide.probe.SizeProbe;
import java.nio.file.FileSystem;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** A machine on which it is always {@link TestTree#NOW}, and whose user lives elsewhere. */
public final class TestMachine {
  private TestMachine() {}

  /** A Linux machine with the home directory {@code /home/user}. */
  public static HostEnvironment host(FileSystem fileSystem) {
    return HostEnvironment.of(OperatingSystem.LINUX, fileSystem, Map.of(), "/home/user", "/tmp");
  }

  /** A clock that stands. */
  public static Clock clockAt(Instant time) {
    return Clock.fixed(time, ZoneOffset.UTC);
  }

  /**
   * The clock of the real machine so much later: trees on a real disk age by it, since no program
   * can set when a file came to where it is.
   */
  public static Clock clockIn(Duration later) {
    return Clock.offset(Clock.systemUTC(), later);
  }

  /** Lowtide on the machine of a tree, with nothing of the real one; runs no commands. */
  public static LowtideBuilder lowtide(TestTree tree, Policy... policies) {
    return Lowtide.builder()
        .policies(List.of(policies))
        .probe(SizeProbe.portable())
        .host(host(tree.root().getFileSystem()))
        .clock(clockAt(TestTree.NOW))
        .commands(CommandRunner.none())
        .listener(CleanupListener.NONE);
  }
}
