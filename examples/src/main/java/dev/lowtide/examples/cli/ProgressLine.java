package dev.lowtide.examples.cli;

import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.execute.GracefulShutdown;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.IncrementalProbe;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.probe.WalkMeter;
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
import java.util.function.Consumer;
import java.util.function.Supplier;
import me.tongfei.progressbar.DefaultProgressBarRenderer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;
import org.jspecify.annotations.Nullable;

/**
 * The line at the bottom of a terminal that shows how far something has come that takes longer than
 * a second; nothing where there is no terminal. One thing at a time: what begins while something
 * else is shown is not shown.
 *
 * <p>Safe for use by many threads. The library for the bar is only loaded on a terminal.
 */
public final class ProgressLine {
  /** What is over sooner is not worth a line that comes and goes. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final int BETWEEN_UPDATES_MILLIS = 200;

  /** Fits the usual terminal; a narrower one cuts it off, for it is told not to wrap. */
  private static final int COLUMNS = 79;

  private static final int MOST_OF_A_TASK = 28;
  private static final String DO_NOT_WRAP = "\u001B[?7l";
  private static final String WRAP = "\u001B[?7h";
  private static final String ERASE = "\r\u001B[K";

  private final PrintStream stream;
  private final boolean terminal;
  private @Nullable Shown shown;
  private boolean onScreen;

  /**
   * @param terminal whether a line may be written again in its place
   */
  ProgressLine(PrintStream stream, boolean terminal) {
    this.stream = stream;
    this.terminal = terminal;
  }

  /** What counts. */
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
   * How far something has come.
   *
   * @param done in units of one entry or one byte
   * @param most how much there is in all; -1 if nobody knows
   * @param detail further words; may be empty
   */
  public record Reading(long done, long most, String detail) {}

  /**
   * Does something, and shows how far it has come.
   *
   * @param task what is done
   * @param reading asked again and again, in another thread
   */
  public <T> T during(
      String task, Unit unit, Supplier<Reading> reading, GracefulShutdown.Work<T> work)
      throws IOException {
    @Nullable Shown begun;
    synchronized (this) {
      if (!terminal || shown != null) {
        begun = null;
      } else {
        begun = new Shown(task, unit, reading);
        shown = begun;
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

  private void end(Shown ended) {
    ended.bar.close(); // waits for the thread that draws, and so not while holding the lock
    synchronized (this) {
      shown = null;
      erase();
    }
  }

  /** Takes the line away, for what is printed now; it comes back by itself. */
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

  /** A probe whose walks are shown. */
  SizeProbe probe() {
    if (!terminal) {
      return SizeProbe.best();
    }
    WalkMeter meter = new WalkMeter();
    return shown(SizeProbe.best(meter), meter);
  }

  /**
   * A probe whose walks are shown.
   *
   * @param meter in which it counts
   */
  SizeProbe shown(SizeProbe probe, WalkMeter meter) {
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
      public IncrementalProbe incremental(
          Path memory, Supplier<? extends Collection<Path>> addressed, Clock clock) {
        IncrementalProbe incremental = probe.incremental(memory, addressed, clock);
        return (root, problems) -> walking(root, () -> incremental.measure(root, problems));
      }

      @Override
      public String name() {
        return probe.name();
      }

      private <T> T walking(Path root, GracefulShutdown.Work<T> walk) throws IOException {
        long entries = meter.entries();
        long bytes = meter.allocatedBytes();
        return during(
            "Measuring " + root,
            Unit.ENTRIES,
            () ->
                new Reading(
                    meter.entries() - entries,
                    -1,
                    new ByteSize(meter.allocatedBytes() - bytes).toString()),
            walk);
      }
    };
  }

  /** The bar, in the hands of the library. */
  private final class Shown {
    private final long begun = System.nanoTime();
    private final ProgressBar bar;

    Shown(String task, Unit unit, Supplier<Reading> reading) {
      Reading first = reading.get();
      Renderer renderer = new Renderer(unit, reading);
      bar =
          ProgressBar.builder()
              .setTaskName(shortened(Printable.of(task)))
              .setInitialMax(first.most())
              .setUpdateIntervalMillis(BETWEEN_UPDATES_MILLIS)
              .continuousUpdate()
              .setRenderer(renderer)
              .setConsumer(new Line())
              .build();
      renderer.bar = bar;
    }

    /** The end of a path says more than its beginning. */
    private static String shortened(String task) {
      if (task.length() <= MOST_OF_A_TASK) {
        return task;
      }
      int word = task.indexOf(' ') + 1;
      return task.substring(0, word) + "…" + task.substring(task.length() - MOST_OF_A_TASK + word);
    }

    /** Where the library writes. */
    private final class Line implements ProgressBarConsumer {
      @Override
      public int getMaxRenderedLength() {
        return COLUMNS;
      }

      @Override
      public void accept(String line) {
        if (System.nanoTime() - begun >= PATIENCE.toNanos()) {
          draw(line.replaceFirst("^\r", ""));
        }
      }

      @Override
      public void close() {}
    }
  }

  /** Asks how far it has come before it draws. */
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

    /** A blank where the library would say that it does not know. */
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
