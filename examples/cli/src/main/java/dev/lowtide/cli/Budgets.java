package dev.lowtide.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.Printable;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Gauge;
import dev.lowtide.policy.Gauge.Budget;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.SizeProbe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The option {@code --budget}: limits for numbers that tools report. */
final class Budgets {
  private List<String> given = new ArrayList<>();

  /** Adds the option to a command. */
  void addTo(Options options) {
    options.list(
        "--budget=BUDGET",
        String.class,
        value -> given = value,
        "Check at the end a number that a tool reports, for example"
            + " 'sccache.hit-rate>=85%%' or 'sccache.size<10GiB'; repeatable.");
  }

  /**
   * The budgets that were given. Providers are loaded only if there are any.
   *
   * @throws UsageException if one of them is wrong
   */
  List<Budget> all(Session session) {
    if (given.isEmpty()) {
      return List.of();
    }
    List<Gauge> gauges =
        session.providers().get().stream()
            .map(PolicyProvider::gauges)
            .flatMap(List::stream)
            .toList();
    try {
      return given.stream().map(text -> Budget.parse(text, gauges)).toList();
    } catch (IllegalArgumentException e) {
      throw new UsageException("--budget: " + e.getMessage());
    }
  }

  static List<Budget.Result> check(List<Budget> budgets, Session session, SizeProbe probe) {
    Examination examination =
        new Examination(session.host().distrustingProject(), probe, List.of(), Map.of());
    return budgets.stream().map(budget -> budget.check(examination)).toList();
  }

  /** One line for each result. */
  static String explain(List<Budget.Result> results) {
    StringBuilder text = new StringBuilder();
    for (Budget.Result result : results) {
      text.append(verdict(result))
          .append("  ")
          .append(result.budget().gauge().name())
          .append("  ")
          .append(Printable.of(result.explain()))
          .append('\n');
    }
    return text.toString();
  }

  /** One result, for a report. */
  static String sentence(Budget.Result result) {
    return verdict(result)
        + " "
        + result.budget().gauge().name()
        + ": "
        + Printable.of(result.explain());
  }

  static JsonArray json(List<Budget.Result> results) {
    return JsonParts.array(
        results,
        result -> {
          JsonObject object = new JsonObject();
          object.addProperty("name", result.budget().gauge().name());
          object.addProperty("relation", result.budget().relation().symbol());
          object.addProperty("limit", result.budget().limit());
          result
              .reading()
              .ifPresent(
                  reading -> {
                    reading.value().ifPresent(value -> object.addProperty("value", value));
                    JsonParts.bound(object, "bound", reading.bound());
                  });
          object.addProperty("verdict", verdict(result));
          object.addProperty("message", Printable.of(result.explain()));
          return object;
        });
  }

  private static String verdict(Budget.Result result) {
    return result.holds() ? "PASS" : "FAIL";
  }
}
