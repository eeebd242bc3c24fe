package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.Problem;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The progress line on a real pseudo-terminal, which util-linux' {@code script} provides. */
class ProgressLineE2ETest {
  private static final String BAR = "Measuring …";
  private static final String ESCAPE = "\u001B";

  private @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(directory.toRealPath()).file("work/a", 3_000_000).file("work/b", 10);
  }

  /**
   * Measures a tree and shows it on standard error. No tree of a test takes longer than a second,
   * so this waits after the last entry.
   */
  static final class Slow {
    public static void main(String[] args) throws IOException {
      boolean terminal = args[1].equals("terminal");
      LongAdder entries = new LongAdder();
      LongAdder bytes = new LongAdder();
      SizeProbe slow = slowed(SizeProbe.best(entries, bytes));
      ProgressLine line = new ProgressLine(System.err, terminal);
      line.showing(slow, entries, bytes).measure(Path.of(args[0]));
      System.err.println("[SUCCESS] done");
    }

    private static SizeProbe slowed(SizeProbe probe) {
      return new SizeProbe() {
        @Override
        public DiskUsage measure(Path root, Consumer<Problem> problems) throws IOException {
          DiskUsage usage = probe.measure(root, problems);
          try {
            TimeUnit.MILLISECONDS.sleep(1800);
          } catch (InterruptedException e) {
            throw new InterruptedIOException();
          }
          return usage;
        }

        @Override
        public Snapshot capture(Path root) throws IOException {
          return probe.capture(root);
        }

        @Override
        public String name() {
          return probe.name();
        }
      };
    }
  }

  private static String java(Class<?> main, String... arguments) {
    List<String> argv =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dstderr.encoding=UTF-8",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    argv.addAll(List.of(arguments));
    return "'" + String.join("' '", argv) + "'";
  }

  private Command.Result onTerminal(String shellCommand) throws IOException {
    assumeTrue(
        HostEnvironment.current().executable("script").isPresent(), "skipped: there is no script");
    return CommandRunner.system(HostEnvironment.current(), Set.of("script"))
        .run(
            Command.of("script", "-qec", shellCommand, "/dev/null")
                .with(Map.of("TERM", "xterm", "SHELL", "/bin/sh", "LC_ALL", "C.UTF-8")));
  }

  @Test
  void showsEntriesAndBytesAndThenMakesWay() throws IOException {
    Command.Result run = onTerminal(java(Slow.class, tree.path("work").toString(), "terminal"));

    assertThat(run.succeeded()).as(run.output()).isTrue();
    assertThat(run.output()).contains(BAR, "3 entries", ", 3/s, 2.87 MiB");
    assertThat(run.output()).endsWith("\r" + ESCAPE + "[K[SUCCESS] done\r\n");
  }

  @Test
  void isSilentWhereThereIsNoTerminal() throws IOException {
    Command.Result run =
        CommandRunner.system(HostEnvironment.current(), Set.of("sh"))
            .run(
                Command.of(
                    "sh", "-c", java(Slow.class, tree.path("work").toString(), "none") + " 2>&1"));

    assertThat(run.output()).isEqualTo("[SUCCESS] done\n");
  }

  @Test
  void doesNotShowWhatIsOverSoon() throws IOException {
    Command.Result run =
        onTerminal(java(Main.class, "size", tree.path("work").toString(), "--color=never"));

    assertThat(run.succeeded()).as(run.output()).isTrue();
    assertThat(run.output()).contains("ALLOCATED").doesNotContain(BAR, ESCAPE);
  }
}
