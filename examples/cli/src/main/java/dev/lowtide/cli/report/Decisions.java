package dev.lowtide.cli.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.Printable;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Candidate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The table of a report that lists every item and refusal of a plan. For one thread. */
final class Decisions {
  /** The most rows; the others are summed up. */
  private static final int MAX_ROWS = 2000;

  /** With non-breaking spaces. */
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d\u00a0MMM\u00a0uuuu", Locale.ROOT).withZone(ZoneOffset.UTC);

  private record Row(
      String path,
      String within,
      String outcome,
      String policy,
      String guard,
      String reason,
      String cost,
      String detail,
      Optional<BoundedSize> size) {

    long bytes() {
      return size.map(BoundedSize::bytes).orElse(0L);
    }

    JsonObject json() {
      JsonObject json = new JsonObject();
      json.addProperty("path", path);
      json.addProperty("outcome", outcome);
      json.addProperty("policy", Printable.of(policy));
      json.addProperty("reason", Printable.of(reason));
      addUnlessEmpty(json, "within", within);
      addUnlessEmpty(json, "guard", Printable.of(guard));
      addUnlessEmpty(json, "detail", detail);
      size.ifPresent(value -> Report.add(json, "bytes", value));
      return json;
    }

    private static void addUnlessEmpty(JsonObject json, String key, String value) {
      if (!value.isEmpty()) {
        json.addProperty(key, value);
      }
    }
  }

  private final List<Row> rows = new ArrayList<>();

  /**
   * Adds an item.
   *
   * @param within the part of the run, for people; empty if the plan is the whole run
   */
  void add(PlanItem item, String within, String outcome, String reason, BoundedSize size) {
    Candidate candidate = item.candidate();
    String cost = candidate.cost().name().toLowerCase(Locale.ROOT);
    String detail =
        candidate.cause().name().toLowerCase(Locale.ROOT).replace('_', ' ')
            + ", cost to restore: "
            + cost
            + ", last used "
            + DAY.format(candidate.lastUsed());
    String path = Printable.of(item.path());
    rows.add(
        new Row(path, within, outcome, item.policy(), "", reason, cost, detail, Optional.of(size)));
  }

  /** Adds a refusal, which says why something is kept. */
  void add(Refusal refusal, String within, Optional<BoundedSize> size) {
    rows.add(
        new Row(
            Printable.of(refusal.path()),
            within,
            "kept",
            refusal.policy(),
            refusal.guard(),
            refusal.reason(),
            "",
            "",
            size));
  }

  /** The rows added up by policy, outcome and cost, the largest sum first. */
  private JsonArray totals() {
    Map<List<String>, List<Row>> groups =
        rows.stream()
            .collect(
                Collectors.groupingBy(
                    row -> List.of(Printable.of(row.policy()), row.outcome(), row.cost())));
    List<JsonObject> totals = new ArrayList<>();
    groups.forEach(
        (group, some) -> {
          JsonObject total = new JsonObject();
          total.addProperty("policy", group.get(0));
          total.addProperty("outcome", group.get(1));
          total.addProperty("cost", group.get(2));
          total.addProperty("items", some.size());
          Report.add(total, "bytes", sum(some));
          totals.add(total);
        });
    totals.sort(
        Comparator.comparingLong((JsonObject total) -> -total.get("bytes").getAsLong())
            .thenComparing(total -> total.get("policy").getAsString())
            .thenComparing(total -> total.get("outcome").getAsString()));
    JsonArray array = new JsonArray();
    totals.forEach(array::add);
    return array;
  }

  private static BoundedSize sum(List<Row> rows) {
    return rows.stream()
        .map(Row::size)
        .flatMap(Optional::stream)
        .reduce(BoundedSize.ZERO, BoundedSize::plus);
  }

  /**
   * Adds the table to the data of a report, unless it is empty: failures first, then the largest.
   */
  void addTo(JsonObject data) {
    if (rows.isEmpty()) {
      return;
    }
    rows.sort(
        Comparator.comparing((Row row) -> !row.outcome().equals("failed"))
            .thenComparingLong(row -> -row.bytes()));
    int listed = Math.min(rows.size(), MAX_ROWS);
    JsonArray array = new JsonArray();
    rows.subList(0, listed).forEach(row -> array.add(row.json()));
    data.add("decisions", array);
    data.add("totals", totals());
    if (listed < rows.size()) {
      List<Row> rest = rows.subList(listed, rows.size());
      data.addProperty(
          "decisionsLeftOut", Report.plural(rest.size(), "row") + ", " + sum(rest) + " in all");
    }
  }
}
