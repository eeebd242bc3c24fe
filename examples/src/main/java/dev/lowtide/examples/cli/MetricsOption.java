package dev.lowtide.examples.cli;

import dev.lowtide.examples.report.Metrics;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code --metrics}. */
public final class MetricsOption {
  @Option(
      names = "--metrics",
      paramLabel = "FILE",
      description = "Write the numbers of this run for Prometheus, as an OpenMetrics text file.")
  private @Nullable Path file;

  /** Whether it was given; called before any work, since it also finds out whether it can be. */
  public boolean requested() {
    if (file != null) {
      Inputs.requireWritable(file);
    }
    return file != null;
  }

  /** Writes the file where it was asked for. */
  public void write(Metrics metrics) throws IOException {
    if (file != null) {
      metrics.write(file);
    }
  }
}
