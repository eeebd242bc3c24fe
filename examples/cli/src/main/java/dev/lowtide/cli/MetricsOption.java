package dev.lowtide.cli;

import dev.lowtide.cli.report.Metrics;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The option {@code --metrics}. */
public final class MetricsOption {
  private @Nullable Path file;

  /** Adds the option to a command. */
  public void addTo(Options options) {
    options.value(
        "--metrics=FILE",
        Path.class,
        value -> file = value,
        "Write the metrics of this run to this file, as OpenMetrics text for Prometheus.");
  }

  /**
   * Whether the option was given. Call this before any work: it fails if the file cannot be
   * written.
   */
  public boolean requested() {
    if (file != null) {
      Inputs.requireWritable(file);
    }
    return file != null;
  }

  /** Writes the file if the option was given. */
  public void write(Metrics metrics) throws IOException {
    if (file != null) {
      metrics.write(file);
    }
  }
}
