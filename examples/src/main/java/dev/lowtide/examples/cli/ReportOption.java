package dev.lowtide.examples.cli;

import static dev.lowtide.examples.cli.Options.option;

import dev.lowtide.examples.report.Report;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The option {@code --report}. */
public final class ReportOption {
  private @Nullable Path file;

  /** Adds them to those of a command. */
  public void addTo(Options options) {
    options.value(
        option("--report")
            .paramLabel("FILE")
            .description("Write an HTML report with charts to this file; it needs no network."),
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
  public void write(Report report) throws IOException {
    if (file != null) {
      report.write(file);
    }
  }
}
