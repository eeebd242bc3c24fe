package dev.lowtide.cli;

import dev.lowtide.cli.report.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** An option that names a file to write at the end of a run, such as {@code --report}. */
public final class FileOption {
  private final String usage;
  private final String description;
  private @Nullable Path file;
  private @Nullable CommandSpec spec;

  /** What is written, such as an HTML report. */
  public interface Content {
    void write(Path file) throws IOException;
  }

  private FileOption(String usage, String description) {
    this.usage = usage;
    this.description = description;
  }

  public static FileOption report() {
    return new FileOption(
        "--report=FILE", "Write an HTML report with charts to this file; it needs no network.");
  }

  public static FileOption metrics() {
    return new FileOption(
        "--metrics=FILE",
        "Write the metrics of this run to this file, as OpenMetrics text for Prometheus.");
  }

  /** Adds the option to a command. */
  public void addTo(Options options) {
    spec = options.spec();
    options.value(usage, Path.class, value -> file = value, description);
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

  /** Writes a report of this run, which ends with an exit code, if the option was given. */
  public void write(Report report, int exit) throws IOException {
    if (file != null) {
      report.run(Program.run(Objects.requireNonNull(spec)), exit).write(file);
    }
  }

  /** Writes the file if the option was given. */
  public void write(Content content) throws IOException {
    if (file != null) {
      content.write(file);
    }
  }
}
