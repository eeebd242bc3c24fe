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
  private final List<String> preparation;
  private long peak;

  /**
   * @param argv the command line; the tree is appended, or takes the place of {@value #TREE}
   */
  Program(String name, Target target, List<String> argv) {
    this(name, target, argv, List.of());
  }

  /**
   * @param preparation the command line of a program that runs before each run and is not timed;
   *     none if empty
   */
  Program(String name, Target target, List<String> argv, List<String> preparation) {
    this.name = name;
    this.target = target;
    this.argv = argv;
    this.preparation = preparation;
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
    command.addAll(on(tree, argv));
    try {
      if (!preparation.isEmpty()) {
        runToEnd(on(tree, preparation));
      }
      long nanos = runToEnd(command);
      String kib = Files.readString(memory).strip();
      peak = Math.max(peak, kib.isEmpty() ? 0 : Long.parseLong(kib));
      return nanos;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted", e);
    } finally {
      Files.delete(memory);
    }
  }

  private static List<String> on(Path tree, List<String> argv) {
    List<String> command = new ArrayList<>();
    argv.forEach(argument -> command.add(argument.replace(TREE, tree.toString())));
    if (argv.stream().noneMatch(argument -> argument.contains(TREE))) {
      command.add(tree.toString());
    }
    return command;
  }

  /** Runs a command and returns the nanoseconds that it took. */
  private static long runToEnd(List<String> command) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      int exit = process.waitFor();
      if (exit != 0) {
        throw new IOException(String.join(" ", command) + " ended with exit code " + exit);
      }
      return System.nanoTime() - start;
    } finally {
      process.destroy();
    }
  }

  @Override
  public boolean removes() {
    return !argv.contains("plan");
  }

  @Override
  public Optional<Long> peakKib() {
    return peak == 0 ? Optional.empty() : Optional.of(peak);
  }
}
