package dev.lowtide.execute;

import dev.lowtide.BoundedSize;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.execute.Outcome.Failed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes a report as text for people, on about one page however many items there were. */
final class ReportText {
  /** Up to this many items are shown one by one. */
  private static final int MAX_SHOWN = 20;

  private static final int EXAMPLES = 3;

  private ReportText() {}

  static String page(CleanupReport report) {
    StringBuilder text = new StringBuilder();
    if (report.outcomes().size() <= MAX_SHOWN) {
      report.outcomes().forEach(outcome -> text.append(line(outcome)));
    } else {
      totals(report).forEach(line -> text.append(line).append('\n'));
      remaining(report).forEach(line -> text.append(line).append('\n'));
    }
    report.stuck().forEach(problem -> text.append(problem).append('\n'));
    return text.append(report.dryRun() ? "Would free " : "Freed ")
        .append(report.freed())
        .append(report.keptSize().bytes() == 0 ? "" : ", and kept " + report.keptSize())
        .append(report.freedLater().map(size -> "; " + size + " come free later").orElse(""))
        .append('\n')
        .append(report.differenceOfSpace().map(line -> line + "\n").orElse(""))
        .toString();
  }

  private static String line(Outcome outcome) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "  %-12s  %10s  %s",
            outcome.word(),
            outcome.freedBytes() == 0 ? "" : outcome.freed(),
            Printable.of(outcome.item().path())));
    text.append(outcome.reason().isEmpty() ? "" : ": " + Printable.of(outcome.reason()))
        .append('\n');
    if (outcome instanceof Failed failed) {
      for (Problem problem : failed.problems()) {
        text.append("                            ").append(problem).append('\n');
      }
    }
    return text.toString();
  }

  /** The totals for each policy. */
  private static List<String> totals(CleanupReport report) {
    Map<String, List<Outcome>> groups =
        report.outcomes().stream()
            .collect(
                Collectors.groupingBy(
                    outcome -> outcome.word() + " " + Printable.of(outcome.item().policy()),
                    TreeMap::new,
                    Collectors.toList()));
    List<String> lines = new ArrayList<>();
    groups.forEach(
        (group, outcomes) -> {
          BoundedSize freed =
              outcomes.stream().map(Outcome::freed).reduce(BoundedSize.ZERO, BoundedSize::plus);
          lines.add(
              String.format(
                  Locale.ROOT,
                  "  %10s  %s: %s",
                  freed.bytes() == 0 ? "" : freed,
                  group,
                  items(outcomes.size())));
        });
    return lines;
  }

  /**
   * The items that still exist, each with its reason; many items are grouped by reason. Reasons
   * that differ only in numbers, such as process ids, count as the same.
   */
  static List<String> remaining(CleanupReport report) {
    List<Outcome> remaining = report.remaining();
    List<String> lines = new ArrayList<>();
    if (remaining.size() <= MAX_SHOWN) {
      remaining.forEach(outcome -> lines.addAll(lines(outcome)));
      return lines;
    }
    Map<String, List<Outcome>> byReason =
        remaining.stream()
            .collect(
                Collectors.groupingBy(
                    outcome -> outcome.word() + outcome.reason().replaceAll("[0-9]+", "0"),
                    LinkedHashMap::new,
                    Collectors.toList()));
    byReason.values().stream()
        .sorted((one, other) -> Integer.compare(other.size(), one.size()))
        .limit(MAX_SHOWN)
        .forEach(
            group -> {
              group.stream().limit(EXAMPLES).forEach(outcome -> lines.addAll(lines(outcome)));
              if (group.size() > EXAMPLES) {
                lines.add("… and " + items(group.size() - EXAMPLES) + " more for the same reason");
              }
            });
    if (byReason.size() > MAX_SHOWN) {
      lines.add("… and items with " + (byReason.size() - MAX_SHOWN) + " other reasons");
    }
    return lines;
  }

  private static List<String> lines(Outcome outcome) {
    List<String> lines = new ArrayList<>();
    String word = outcome instanceof Failed ? "Failed to remove " : "Kept ";
    lines.add(
        word
            + Printable.of(outcome.item().path())
            + (outcome.reason().isEmpty() ? "" : ": " + Printable.of(outcome.reason())));
    if (outcome instanceof Failed failed) {
      for (Problem problem : failed.problems()) {
        lines.add("  " + problem);
      }
    }
    return lines;
  }

  private static String items(int count) {
    return count + (count == 1 ? " item" : " items");
  }
}
