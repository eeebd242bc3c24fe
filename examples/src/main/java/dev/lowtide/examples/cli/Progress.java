package dev.lowtide.examples.cli;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.Printable;
import dev.lowtide.execute.CleanupReport;
import java.io.PrintStream;
import picocli.CommandLine.Help.Ansi;

/**
 * Tells what happens while it happens: lines that begin with {@code [INFO]}, {@code [SUCCESS]},
 * {@code [WARN]} or {@code [ERROR]}, and on a terminal a status that is written again and again in
 * one place. As a listener it leaves out what guards refuse, since the plan says that.
 *
 * <p>Safe for use by many threads.
 */
public final class Progress implements CleanupListener, AutoCloseable {
  private static final String ERASE_LINE = "\r\u001B[K";

  private final PrintStream stream;
  private final Ansi ansi;
  private final boolean terminal;
  private boolean statusShown;

  /**
   * @param stream where everything goes
   * @param ansi whether the labels are coloured
   * @param terminal whether a line may be written again in its place
   */
  public Progress(PrintStream stream, Ansi ansi, boolean terminal) {
    this.stream = stream;
    this.ansi = ansi;
    this.terminal = terminal;
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
      case SKIPPED -> warn(event.toString());
      case FAILED -> error(event.toString());
      case RECOVERED -> info(event.toString());
      case LEFT -> warn(event.toString());
      case REMOVED, REFUSED -> {}
    }
  }

  public void info(String text) {
    line("@|blue [INFO]|@ ", text);
  }

  public void success(String text) {
    line("@|green [SUCCESS]|@ ", text);
  }

  public void warn(String text) {
    line("@|yellow [WARN]|@ ", text);
  }

  public void error(String text) {
    line("@|red [ERROR]|@ ", text);
  }

  /** The last line of a clean-up: what came of it all. */
  void summary(CleanupReport report) {
    String freed =
        (report.dryRun() ? "Would free " : "Freed ")
            + new ByteSize(report.freedBytes())
            + (report.kept().isEmpty()
                ? ""
                : ", and kept "
                    + new ByteSize(report.keptBytes())
                    + " for 'lowtide trash restore' or 'lowtide trash purge'");
    int failures = report.failures().size();
    if (failures > 0) {
      error(freed + "; " + failures + " of " + report.outcomes().size() + " items are not gone");
    } else if (report.dryRun()) {
      info(freed);
    } else {
      success(freed);
    }
  }

  /** Shows a text in place until the next message; nothing where there is no terminal. */
  public synchronized void status(String text) {
    if (terminal) {
      stream.print(ERASE_LINE + Printable.of(text));
      stream.flush();
      statusShown = true;
    }
  }

  /** A text of several lines, as it is. */
  public synchronized void plain(String text) {
    close();
    stream.print(text);
    stream.flush();
  }

  /** The label may have markup; the text is shown as it is. */
  private synchronized void line(String label, String text) {
    close();
    stream.println(ansi.string(label) + Printable.of(text));
    stream.flush();
  }

  /** Takes the status away, for what is printed past this. */
  @Override
  public synchronized void close() {
    if (statusShown) {
      stream.print(ERASE_LINE);
      stream.flush();
      statusShown = false;
    }
  }
}
