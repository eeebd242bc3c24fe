package dev.lowtide.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A {@link Worker}: a process that does one job for each line that it reads. */
final class WarmProcess implements Contestant {
  private final String name;
  private final Target target;
  private final String job;
  private final Process process;
  private final Writer in;
  private final BufferedReader out;

  WarmProcess(String name, Target target, JavaHome java, String heap, String job) {
    this.name = name;
    this.target = target;
    this.job = job;
    List<String> command = new ArrayList<>(java.command(heap));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName()));
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    in = process.outputWriter(StandardCharsets.UTF_8);
    out = process.inputReader(StandardCharsets.UTF_8);
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
    in.write(job + " " + tree + "\n");
    in.flush();
    String answer = out.readLine();
    if (answer == null) {
      throw new IOException("The worker for " + name + " has ended");
    }
    return Long.parseLong(answer);
  }

  @Override
  public Optional<Long> peakKib() {
    try (Stream<String> lines =
        Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .map(line -> Long.valueOf(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
