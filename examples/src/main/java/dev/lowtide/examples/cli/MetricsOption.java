package dev.lowtide.examples.cli;

import static dev.lowtide.examples.cli.Options.option;

import dev.lowtide.examples.report.Metrics;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The option {@code --metrics}. */
public final class MetricsOption {
  private @Nullable Path file;

  /** Adds them to those of a command. */
  public void addTo(Options options) {
    options.value(
        option("--metrics")
            .paramLabel("FILE")
            .description(
                "Write the metrics of this run to this file, as OpenMetrics text for Prometheus."),
        Path.class,
        value -> file = value);
  }

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
