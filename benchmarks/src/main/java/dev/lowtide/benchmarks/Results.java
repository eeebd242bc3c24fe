package dev.lowtide.benchmarks;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The numbers of one comparison, as a table in Markdown: a row for each contestant, a column for
 * each tree. A cell has the median of the rounds and, in brackets, the lowest and the highest
 * result.
 */
final class Results {
  private final Map<Contestant, Map<String, List<Double>>> rows = new LinkedHashMap<>();
  private final Set<String> columns = new LinkedHashSet<>();

  /** Adds the result of one round. */
  void add(Contestant contestant, String column, double result) {
    columns.add(column);
    rows.computeIfAbsent(contestant, row -> new LinkedHashMap<>())
        .computeIfAbsent(column, cell -> new ArrayList<>())
        .add(result);
  }

  void print(String title) {
    System.out.println("\n### " + title + "\n");
    System.out.println(line("", columns.stream().toList(), "peak MB", "target"));
    System.out.println("|---|" + "---|".repeat(columns.size() + 2));
    rows.forEach(
        (contestant, row) ->
            System.out.println(
                line(
                    contestant.name(),
                    columns.stream()
                        .map(column -> spread(requireNonNull(row.get(column))))
                        .toList(),
                    contestant
                        .peakKib()
                        .map(kib -> String.format(Locale.ROOT, "%.0f", kib / 1024.0))
                        .orElse("?"),
                    contestant.target().verdict(row))));
  }

  private static String line(String name, List<String> cells, String peak, String target) {
    return cells.stream().collect(joining(" | ", "| " + name + " | ", ""))
        + " | "
        + peak
        + " | "
        + target
        + " |";
  }

  static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static String spread(List<Double> values) {
    return String.format(
        Locale.ROOT,
        "%.2f (%.2f–%.2f)",
        median(values),
        Collections.min(values),
        Collections.max(values));
  }
}
