package dev.lowtide.examples.cli;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.execute.CleanupReport;
import java.io.PrintStream;
import picocli.CommandLine.Help.Ansi;

/**
 * Tells on standard error what happens while it happens. What guards refuse is not repeated here:
 * the plan says it.
 */
final class Progress implements CleanupListener {
  private final PrintStream err;
  private final Ansi ansi;
  private final boolean terminal;

  Progress(Session session, Ansi ansi) {
    this.err = session.err();
    this.terminal = session.terminal();
    this.ansi = ansi;
  }

  @Override
  public void on(Event event) {
    switch (event.kind()) {
      case MEASURING -> {
        if (terminal) {
          info(event.toString());
        }
      }
      case REMOVING, WOULD_REMOVE -> info(event.toString());
      case SKIPPED -> line("@|yellow [WARN]|@ ", event.toString());
      case FAILED -> line("@|red [ERROR]|@ ", event.toString());
      case REMOVED, REFUSED -> {}
    }
  }

  void info(String text) {
    line("@|blue [INFO]|@ ", text);
  }

  /** The last line: what came of it all. */
  void summary(CleanupReport report) {
    String freed = (report.dryRun() ? "Would free " : "Freed ") + new ByteSize(report.freedBytes());
    int failures = report.failures().size();
    if (failures > 0) {
      line(
          "@|red [ERROR]|@ ",
          freed + "; " + failures + " of " + report.outcomes().size() + " items are not gone");
    } else if (report.dryRun()) {
      info(freed);
    } else {
      line("@|green [SUCCESS]|@ ", freed);
    }
  }

  /** The label may have markup; the text is shown as it is. */
  private void line(String label, String text) {
    err.println(ansi.string(label) + text);
  }
}
