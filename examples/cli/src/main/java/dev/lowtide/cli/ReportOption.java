package dev.lowtide.cli;

import dev.lowtide.cli.report.Report;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The option {@code --report}. */
public final class ReportOption {
  private @Nullable Path file;

  /** Adds the option to a command. */
  public void addTo(Options options) {
    options.value(
        "--report=FILE",
        Path.class,
        value -> file = value,
        "Write an HTML report with charts to this file; it needs no network.");
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
  public void write(Report report) throws IOException {
    if (file != null) {
      report.write(file);
    }
  }
}
