package dev.lowtide.cli;

import dev.lowtide.CleanupListener;
import dev.lowtide.Printable;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.plan.CleanupPlan;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import picocli.CommandLine.Help.Ansi;

/**
 * Prints messages while a command works, in lines that begin with {@code [INFO]}, {@code
 * [SUCCESS]}, {@code [WARN]} or {@code [ERROR]}. As a listener it omits what guards refuse, because
 * the plan says that, and each single item, unless details are wanted; {@link #summary} says what
 * is kept and why.
 *
 * <p>Safe for use by many threads.
 */
public final class Progress implements CleanupListener {
  /** How much is printed. */
  public enum Detail {
    ERRORS,
    /** The totals, and what is kept and why. */
    SUMMARY,
    /** Also a line for each item. */
    EACH_ITEM
  }

  /** How many trees of earlier runs are named one by one; {@code -v} names all. */
  private static final int MAX_RECOVERED = 20;

  private final PrintStream stream;
  private final Ansi ansi;
  private final ProgressLine line;
  private final Detail detail;
  private final AtomicLong removedBytes = new AtomicLong();
  private final AtomicInteger recovered = new AtomicInteger();

  /**
   * @param stream for all messages
   * @param ansi whether labels are coloured
   * @param line the progress line, which is erased for each message
   * @param detail how much is printed
   */
  public Progress(PrintStream stream, Ansi ansi, ProgressLine line, Detail detail) {
    this.stream = stream;
    this.ansi = ansi;
    this.line = line;
    this.detail = detail;
  }

  @Override
  public void on(Event event) {
    switch (event.kind()) {
      case REMOVING, WOULD_REMOVE -> eachItem(() -> info(event.toString()));
      case SKIPPED -> eachItem(() -> warn(event.toString()));
      case FAILED -> eachItem(() -> error(event.toString()));
      case RECOVERED -> {
        if (recovered.getAndIncrement() < MAX_RECOVERED || detail == Detail.EACH_ITEM) {
          info(event.toString());
        }
      }
      case LEFT -> warn(event.toString());
      case REMOVED -> removedBytes.addAndGet(event.size().bytes());
      case MEASURING, REFUSED -> {}
    }
  }

  private void eachItem(Runnable message) {
    if (detail == Detail.EACH_ITEM) {
      message.run();
    }
  }

  public void info(String text) {
    unlessQuiet("@|blue [INFO]|@ ", text);
  }

  public void success(String text) {
    unlessQuiet("@|green [SUCCESS]|@ ", text);
  }

  public void warn(String text) {
    unlessQuiet("@|yellow [WARN]|@ ", text);
  }

  public void error(String text) {
    message("@|red [ERROR]|@ ", text);
  }

  /** Prints the totals of a clean-up, as its last line. */
  void summary(CleanupReport report) {
    String freed =
        (report.dryRun() ? "Would free " : "Freed ")
            + report.freed()
            + (report.kept().isEmpty()
                ? ""
                : ", and kept "
                    + report.keptSize()
                    + " for 'lowtide trash restore' or 'lowtide trash purge'")
            + report
                .freedLater()
                .map(size -> "; " + size + " of space is freed in the background")
                .orElse("");
    if (recovered.get() > MAX_RECOVERED && detail != Detail.EACH_ITEM) {
      info("… and " + (recovered.get() - MAX_RECOVERED) + " more that earlier runs had left");
    }
    if (detail != Detail.EACH_ITEM) {
      report.explainRemaining().forEach(report.isDone() ? this::warn : this::error);
    }
    report.differenceOfSpace().ifPresent(this::info);
    int staying = report.remaining().size();
    String line =
        freed
            + (staying == 0
                ? ""
                : "; "
                    + staying
                    + " of "
                    + report.outcomes().size()
                    + " items stay, for the reasons above")
            + (report.unreadable().isEmpty()
                ? ""
                : "; " + report.unreadable().size() + " more stay that cannot be read as a whole")
            + (report.stuck().isEmpty()
                ? ""
                : "; see what the quarantine still holds with 'lowtide trash list'");
    if (!report.isDone()) {
      error(line);
    } else if (report.dryRun()) {
      info(line);
    } else {
      success(line);
    }
  }

  /** Runs work that takes long, and shows on a terminal how many bytes it has written. */
  public <T> T during(String task, LongSupplier bytes, GracefulShutdown.Work<T> work)
      throws IOException {
    return line.during(
        task,
        ProgressLine.Unit.BYTES,
        () -> new ProgressLine.Reading(bytes.getAsLong(), -1, ""),
        work);
  }

  /**
   * Runs a removal, and shows on a terminal how much of a plan is done. If this process receives a
   * signal, a running command is ended, a stopped server is started again, and items that were
   * moved but not yet judged are put back.
   */
  <T> T duringRemoval(CleanupPlan plan, GracefulShutdown.Work<T> work) throws IOException {
    try (GracefulShutdown shutdown =
        new GracefulShutdown(() -> warn("Received a signal: finishing this item, then stopping"))) {
      return shutdown.interruptibly(
          () ->
              line.during(
                  "Removing",
                  ProgressLine.Unit.BYTES,
                  () -> new ProgressLine.Reading(removedBytes.get(), plan.reclaimableBytes(), ""),
                  work));
    }
  }

  /** Prints a text of several lines as it is. */
  public synchronized void plain(String text) {
    line.erase();
    stream.print(text);
    stream.flush();
  }

  private void unlessQuiet(String label, String text) {
    if (detail != Detail.ERRORS) {
      message(label, text);
    }
  }

  /** Prints a line. The label may have markup; the text has none. */
  private synchronized void message(String label, String text) {
    line.erase();
    stream.println(ansi.string(label) + Printable.of(text));
    stream.flush();
  }
}
