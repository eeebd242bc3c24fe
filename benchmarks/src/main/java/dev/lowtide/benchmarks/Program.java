package dev.lowtide.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A program that is started for each run. It must end with exit code 0; what it prints is thrown
 * away.
 */
final class Program implements Contestant {
  /** Stands for the tree in a command line. */
  static final String TREE = "{tree}";

  private static final Path TIME = Path.of("/usr/bin/time");

  private final String name;
  private final Target target;
  private final List<String> argv;
  private long peak;

  /**
   * @param argv the command line; the tree is appended, or takes the place of {@value #TREE}
   */
  Program(String name, Target target, List<String> argv) {
    this.name = name;
    this.target = target;
    this.argv = argv;
  }

  @Override
  public Target target() {
    return target;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long run(Path tree) throws IOException {
    List<String> command = new ArrayList<>();
    Path memory = Files.createTempFile("lowtide-benchmark-", ".rss");
    if (Files.isExecutable(TIME)) {
      command.addAll(List.of(TIME.toString(), "-f", "%M", "-o", memory.toString()));
    }
    argv.forEach(argument -> command.add(argument.replace(TREE, tree.toString())));
    if (argv.stream().noneMatch(argument -> argument.contains(TREE))) {
      command.add(tree.toString());
    }
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      int exit = process.waitFor();
      long nanos = System.nanoTime() - start;
      if (exit != 0) {
        throw new IOException(String.join(" ", command) + " ended with exit code " + exit);
      }
      String kib = Files.readString(memory).strip();
      peak = Math.max(peak, kib.isEmpty() ? 0 : Long.parseLong(kib));
      return nanos;
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted", e);
    } finally {
      Files.delete(memory);
    }
  }

  @Override
  public Optional<Long> peakKib() {
    return peak == 0 ? Optional.empty() : Optional.of(peak);
  }
}
