package dev.lowtide.examples.cli;

import dev.lowtide.examples.report.Report;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code --report}. */
public final class ReportOption {
  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write an HTML file that shows all of it, with charts and without a network.")
  private @Nullable Path file;

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
