package dev.lowtide.cli;

import dev.lowtide.cli.History.Level;
import dev.lowtide.cli.History.Run;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How the free space of a file system changes from run to run. The space is measured after each
 * run, so the trend shows growth that cleaning does not compensate. The trend is the median of the
 * changes between any two runs, so that a single large build does not decide it.
 *
 * @param last the level after the latest run
 * @param bytesPerDay the change of the free space in a day; negative if it decreases
 * @param runs the number of runs that were compared, at most 300
 * @param since when the first of them ended
 * @param falling whether the free space decreased between more than three quarters of the pairs of
 *     runs
 * @param fullOn about when nothing will be free, if the space is falling and that is within a year
 */
record Trend(
    Level last,
    double bytesPerDay,
    int runs,
    Instant since,
    boolean falling,
    Optional<LocalDate> fullOn) {
  /** Fewer runs show no trend. */
  static final int LEAST_RUNS = 5;

  static final Duration LEAST_TIME = Duration.ofDays(3);

  /** Older runs are left out, since what changed the space then may be over. */
  private static final Duration PAST = Duration.ofDays(30);

  private static final int MAX_RUNS = 300;
  private static final long MAX_DAYS = 365;
  private static final double SECONDS_OF_DAY = 86_400;

  private record Point(Instant time, Level level) {}

  /** The trends of all file systems with enough runs, in the order of their names. */
  static List<Trend> of(List<Run> runs, Instant now) {
    Map<String, List<Point>> points = new TreeMap<>();
    for (Run run : runs) {
      if (run.time().isAfter(now.minus(PAST)) && !run.time().isAfter(now)) {
        for (Level level : run.levels()) {
          points
              .computeIfAbsent(level.name(), name -> new ArrayList<>())
              .add(new Point(run.time(), level));
        }
      }
    }
    return points.values().stream().flatMap(each -> of(each).stream()).toList();
  }

  private static Optional<Trend> of(List<Point> all) {
    Level last = all.get(all.size() - 1).level();
    List<Point> points =
        thinned(
            all.stream()
                .filter(
                    point ->
                        point.level().totalBytes()
                            == last.totalBytes()) // the file system was not resized since
                .sorted((one, other) -> one.time().compareTo(other.time()))
                .toList());
    Point first = points.get(0);
    Instant end = points.get(points.size() - 1).time();
    if (points.size() < LEAST_RUNS
        || Duration.between(first.time(), end).compareTo(LEAST_TIME) < 0) {
      return Optional.empty();
    }
    List<Double> slopes = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      for (int j = i + 1; j < points.size(); j++) {
        double days =
            Duration.between(points.get(i).time(), points.get(j).time()).toSeconds()
                / SECONDS_OF_DAY;
        if (days > 0) {
          slopes.add(
              (points.get(j).level().freeBytes() - points.get(i).level().freeBytes()) / days);
        }
      }
    }
    slopes.sort(null);
    double median = slopes.get(slopes.size() / 2);
    boolean falling = slopes.get(slopes.size() * 3 / 4) < 0;
    double daysLeft = falling ? last.freeBytes() / -median : MAX_DAYS + 1;
    Optional<LocalDate> fullOn =
        daysLeft <= MAX_DAYS
            ? Optional.of(LocalDate.ofInstant(end, ZoneOffset.UTC).plusDays((long) daysLeft))
            : Optional.empty();
    return Optional.of(new Trend(last, median, points.size(), first.time(), falling, fullOn));
  }

  /** Whether nothing will be free within this time if the trend continues. */
  boolean isFullWithin(Duration time, Instant now) {
    return fullOn
        .filter(day -> !day.isAfter(LocalDate.ofInstant(now.plus(time), ZoneOffset.UTC)))
        .isPresent();
  }

  /** At most {@link #MAX_RUNS} of the points, evenly chosen; includes the latest. */
  private static List<Point> thinned(List<Point> points) {
    if (points.size() <= MAX_RUNS) {
      return points;
    }
    List<Point> some = new ArrayList<>();
    for (int i = 1; i <= MAX_RUNS; i++) {
      some.add(points.get((int) ((long) points.size() * i / MAX_RUNS) - 1));
    }
    return some;
  }
}
