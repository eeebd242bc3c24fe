package dev.lowtide.cli;

import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import me.tongfei.progressbar.DefaultProgressBarRenderer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;
import org.jspecify.annotations.Nullable;

/**
 * The progress line at the bottom of a terminal, for work that takes longer than a second. Without
 * a terminal it shows nothing. It shows one task at a time: nested tasks are not shown.
 *
 * <p>Safe for use by many threads. The library for the bar is only loaded on a terminal.
 */
public final class ProgressLine {
  /** Shorter tasks need no line. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final int BETWEEN_UPDATES_MILLIS = 200;

  /**
   * The width of the usual terminal. The line does not wrap, so a narrower terminal cuts it off.
   */
  private static final int COLUMNS = 79;

  private static final int MAX_TASK_LENGTH = 28;
  private static final String DO_NOT_WRAP = "\u001B[?7l";
  private static final String WRAP = "\u001B[?7h";
  private static final String ERASE = "\r\u001B[K";

  private final PrintStream stream;
  private final boolean terminal;
  private @Nullable TaskBar current;
  private boolean onScreen;

  /**
   * @param terminal whether a line can be overwritten
   */
  ProgressLine(PrintStream stream, boolean terminal) {
    this.stream = stream;
    this.terminal = terminal;
  }

  /** What is counted. */
  public enum Unit {
    ENTRIES(" entries", 1),
    BYTES(" MiB", 1 << 20);

    private final String label;
    private final long size;

    Unit(String label, long size) {
      this.label = label;
      this.size = size;
    }
  }

  /**
   * How far a task has come.
   *
   * @param done entries or bytes, depending on the unit
   * @param total -1 if unknown
   * @param detail more text; may be empty
   */
  public record Reading(long done, long total, String detail) {}

  /**
   * Runs work and shows how far it has come.
   *
   * @param task its name
   * @param reading called repeatedly, in another thread
   */
  public <T> T during(
      String task, Unit unit, Supplier<Reading> reading, GracefulShutdown.Work<T> work)
      throws IOException {
    @Nullable TaskBar begun;
    synchronized (this) {
      if (!terminal || current != null) {
        begun = null;
      } else {
        begun = new TaskBar(task, unit, reading);
        current = begun;
      }
    }
    try {
      return work.run();
    } finally {
      if (begun != null) {
        end(begun);
      }
    }
  }

  private void end(TaskBar ended) {
    ended.bar.close(); // waits for the drawing thread, so do not hold the lock
    synchronized (this) {
      current = null;
      erase();
    }
  }

  /** Erases the line for a message; the next update draws it again. */
  synchronized void erase() {
    if (onScreen) {
      stream.print(ERASE);
      stream.flush();
      onScreen = false;
    }
  }

  private synchronized void draw(String line) {
    stream.print("\r" + DO_NOT_WRAP + line + "\u001B[K" + WRAP);
    stream.flush();
    onScreen = true;
  }

  /** A probe that shows on this line how far it has come. */
  SizeProbe probe() {
    if (!terminal) {
      return SizeProbe.best();
    }
    LongAdder entries = new LongAdder();
    LongAdder bytes = new LongAdder();
    return showing(SizeProbe.best(entries, bytes), entries, bytes);
  }

  /**
   * Makes a probe show on this line how far it has come.
   *
   * @param entries counts the entries that the probe reads
   * @param bytes adds up the space that these entries occupy
   */
  SizeProbe showing(SizeProbe probe, LongAdder entries, LongAdder bytes) {
    return new SizeProbe() {
      @Override
      public DiskUsage measure(Path root, Consumer<Problem> problems) throws IOException {
        return walking(root, () -> probe.measure(root, problems));
      }

      @Override
      public Snapshot capture(Path root) throws IOException {
        return walking(root, () -> probe.capture(root));
      }

      @Override
      public SizeProbe.Incremental incremental(
          Path memory, Supplier<? extends Collection<Path>> addressed, Clock clock) {
        SizeProbe.Incremental incremental = probe.incremental(memory, addressed, clock);
        return (root, problems) -> walking(root, () -> incremental.measure(root, problems));
      }

      @Override
      public String name() {
        return probe.name();
      }

      private <T> T walking(Path root, GracefulShutdown.Work<T> walk) throws IOException {
        long entriesBefore = entries.sum();
        long bytesBefore = bytes.sum();
        return during(
            "Measuring " + root,
            Unit.ENTRIES,
            () ->
                new Reading(
                    entries.sum() - entriesBefore,
                    -1,
                    new ByteSize(bytes.sum() - bytesBefore).toString()),
            walk);
      }
    };
  }

  /** The library's progress bar for one task. */
  private final class TaskBar {
    private final long startNanos = System.nanoTime();
    private final ProgressBar bar;

    TaskBar(String task, Unit unit, Supplier<Reading> reading) {
      Reading first = reading.get();
      Renderer renderer = new Renderer(unit, reading);
      bar =
          ProgressBar.builder()
              .setTaskName(shortened(Printable.of(task)))
              .setInitialMax(first.total())
              .setUpdateIntervalMillis(BETWEEN_UPDATES_MILLIS)
              .continuousUpdate()
              .setRenderer(renderer)
              .setConsumer(new Line())
              .build();
      renderer.bar = bar;
    }

    /** Cuts off the beginning of a path: its end says more. */
    private static String shortened(String task) {
      if (task.length() <= MAX_TASK_LENGTH) {
        return task;
      }
      int word = task.indexOf(' ') + 1;
      return task.substring(0, word) + "…" + task.substring(task.length() - MAX_TASK_LENGTH + word);
    }

    /** Receives what the library renders. */
    private final class Line implements ProgressBarConsumer {
      @Override
      public int getMaxRenderedLength() {
        return COLUMNS;
      }

      @Override
      public void accept(String line) {
        if (System.nanoTime() - startNanos >= PATIENCE.toNanos()) {
          draw(line.replaceFirst("^\r", ""));
        }
      }

      @Override
      public void close() {}
    }
  }

  /** Asks how far the task has come before it renders. */
  private static final class Renderer extends DefaultProgressBarRenderer {
    private static final DecimalFormat WHOLE =
        new DecimalFormat("#,##0", DecimalFormatSymbols.getInstance(Locale.ROOT));

    private final Unit unit;
    private final Supplier<Reading> reading;
    private volatile @Nullable ProgressBar bar;

    Renderer(Unit unit, Supplier<Reading> reading) {
      super(
          ProgressBarStyle.ASCII,
          unit.label,
          unit.size,
          true,
          WHOLE,
          ChronoUnit.SECONDS,
          false,
          state -> Optional.empty());
      this.unit = unit;
      this.reading = reading;
    }

    @Override
    protected String ratio(ProgressState state) {
      String done = WHOLE.format(state.getCurrent() / unit.size);
      return state.isIndefinite()
          ? done + unit.label
          : done + "/" + WHOLE.format(state.getMax() / unit.size) + unit.label;
    }

    /** A blank if the total is unknown; the library would print a question mark. */
    @Override
    protected String percentage(ProgressState state) {
      return state.isIndefinite() ? " " : super.percentage(state);
    }

    @Override
    protected String speed(ProgressState state) {
      long seconds = Math.max(1, state.getElapsedAfterStart().toSeconds());
      return unit == Unit.ENTRIES ? ", " + WHOLE.format(state.getCurrent() / seconds) + "/s" : "";
    }

    @Override
    public String render(ProgressState state, int length) {
      ProgressBar drawn = bar;
      if (drawn != null) {
        Reading now = reading.get();
        drawn.stepTo(now.done());
        drawn.setExtraMessage(now.detail().isEmpty() ? "" : ", " + Printable.of(now.detail()));
      }
      return super.render(state, length);
    }
  }
}
