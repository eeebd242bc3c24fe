package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ObjectArrays;
import dev.lowtide.policy.Policy;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestProvider;
import dev.lowtide.testing.TestTree;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that receives a signal while a tool removes something for it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SignalE2ETest {
  /** A policy whose tool never ends. */
  private static final class Slow implements TestProvider {
    @Override
    public List<Policy> policies(Map<String, String> settings) {
      return List.of(TestPolicy.commanding("out", "sleep", "1000"));
    }
  }

  /** Runs a command with that policy. */
  static final class Command {
    public static void main(String[] args) {
      Path root = Path.of(args[0]);
      int exit =
          Main.run(
              Arrays.copyOfRange(args, 1, args.length),
              new Session(
                  CommandLineRun.host(root),
                  InputStream.nullInputStream(),
                  System.out,
                  System.err,
                  false,
                  () -> List.of(new Slow())));
      System.exit(exit);
    }
  }

  @TempDir Path directory;

  private void endsItsTool(String... arguments) throws Exception {
    TestTree tree = TestTree.in(directory.toRealPath()).directory("home").file("work/out/a");
    Process process =
        ChildProcess.startJava(
            Command.class,
            ObjectArrays.concat(
                new Object[] {tree.root()},
                Arrays.stream(arguments)
                    .map(each -> each.replace("$", tree.root().toString()))
                    .toArray(),
                Object.class));
    ProcessHandle tool = toolOf(process);
    process.toHandle().destroy(); // SIGTERM, and its output stays open
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    tool.onExit().get(10, TimeUnit.SECONDS);
    assertThat(process.waitFor()).as(output).isEqualTo(143);
    assertThat(output).contains("[WARN] Received a signal");
    assertThat(tree.path("work/out/a")).exists();
  }

  private static ProcessHandle toolOf(Process process) throws InterruptedException {
    while (process.isAlive()) {
      Optional<ProcessHandle> tool = process.descendants().findFirst();
      if (tool.isPresent() && tool.get().info().commandLine().orElse("").contains("1000")) {
        return tool.get();
      }
      Thread.sleep(20);
    }
    throw new AssertionError("it has run no tool");
  }

  @Test
  void cleanEndsItFirst() throws Exception {
    endsItsTool("clean", "--root", "$/work", "--yes");
  }

  @Test
  void guardEndsItFirst() throws Exception {
    endsItsTool("guard", "--once", "--min-free", "100%", "--root", "$/work");
  }
}
