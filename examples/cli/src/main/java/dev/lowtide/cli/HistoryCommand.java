package dev.lowtide.cli;

import com.google.gson.JsonObject;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.cli.History.Run;
import dev.lowtide.fs.JsonParts;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code history}: shows what was freed when, and how the free space changes. */
final class HistoryCommand implements Callable<Integer> {
  private static final int SHOWN = 20;
  private static final int POLICIES_SHOWN = 3;

  private final Session session;
  private final Json json = new Json();
  private @Nullable CommandSpec spec;

  HistoryCommand(Session session) {
    this.session = session;
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "history",
            this,
            "Shows what clean, apply and guard freed for this user, and how the free space changes."
                + " -v shows all recorded runs.",
            "  lowtide history",
            "  lowtide history --json");
    options.exits("The history is shown; it may be empty.", "Something failed.");
    spec = options.spec();
    json.addTo(options);
    return options.spec();
  }

  @Override
  public Integer call() throws IOException {
    History history = new History(session.host());
    History.Content content;
    try {
      content = history.read();
    } catch (IOException e) {
      throw new UsageException(Problem.of(history.file(), "read", e).toString());
    }
    warn(session, history, content);
    List<Trend> trends = Trend.of(content.runs(), Clock.systemUTC().instant());
    if (json.requested()) {
      JsonObject document = JsonParts.document();
      document.add("runs", JsonParts.array(content.runs(), HistoryCommand::json));
      document.add("trends", JsonParts.array(trends, HistoryCommand::json));
      document.addProperty("unreadableLines", content.unreadable());
      Json.print(session.out(), document);
    } else {
      session.out().print(text(content.runs(), trends));
      session.out().flush();
    }
    return Program.OK;
  }

  /** Warns about lines that cannot be read. */
  static void warn(Session session, History history, History.Content content) {
    if (content.unreadable() > 0) {
      session
          .err()
          .println(
              "[WARN] "
                  + content.unreadable()
                  + (content.unreadable() == 1 ? " line of " : " lines of ")
                  + Printable.of(history.file())
                  + " cannot be read and is omitted");
    }
  }

  private String text(List<Run> runs, List<Trend> trends) {
    if (runs.isEmpty()) {
      return "No run is recorded yet; clean, apply and guard record theirs\n";
    }
    int shown = Program.isVerbose(spec) ? runs.size() : Math.min(SHOWN, runs.size());
    Table table = new Table("TIME", "COMMAND", ">FREED", "OF WHICH");
    for (Run run : runs.subList(runs.size() - shown, runs.size())) {
      table.row(
          run.time(),
          Printable.of(run.command()),
          new ByteSize(run.freedBytes()),
          largest(run.freed()));
    }
    Map<String, Long> byPolicy = new TreeMap<>();
    runs.forEach(run -> run.freed().forEach((id, bytes) -> byPolicy.merge(id, bytes, Long::sum)));
    StringBuilder text = new StringBuilder(table.toString());
    text.append("\nFreed since ")
        .append(day(runs.get(0).time()))
        .append(": ")
        .append(new ByteSize(runs.stream().mapToLong(Run::freedBytes).sum()))
        .append(" in ")
        .append(runs.size())
        .append(runs.size() == 1 ? " run" : " runs")
        .append(byPolicy.isEmpty() ? "" : ": " + largest(byPolicy))
        .append('\n');
    trends.forEach(trend -> text.append(explain(trend)).append('\n'));
    if (trends.isEmpty()) {
      text.append("A trend needs ")
          .append(Trend.LEAST_RUNS)
          .append(" runs over ")
          .append(Trend.LEAST_TIME.toDays())
          .append(" days at least\n");
    }
    return text.toString();
  }

  private static String largest(Map<String, Long> freed) {
    String first =
        freed.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(POLICIES_SHOWN)
            .map(each -> Printable.of(each.getKey()) + " " + new ByteSize(each.getValue()))
            .collect(Collectors.joining(", "));
    int more = freed.size() - POLICIES_SHOWN;
    return first + (more > 0 ? " and " + more + " more" : "");
  }

  private static String explain(Trend trend) {
    return Printable.of(trend.last().name())
        + ": "
        + new ByteSize(trend.last().freeBytes())
        + " of "
        + new ByteSize(trend.last().totalBytes())
        + " were free after the last run; "
        + change(trend);
  }

  /** The change in words. */
  static String change(Trend trend) {
    String from = ", by " + trend.runs() + " runs since " + day(trend.since());
    if (!trend.falling()) {
      return "it does not decrease" + from;
    }
    return "about "
        + new ByteSize(Math.round(-trend.bytesPerDay()))
        + " less each day"
        + from
        + trend.fullOn().map(day -> ": full about " + day).orElse("");
  }

  private static String day(Instant time) {
    return time.toString().substring(0, "2026-11-21".length());
  }

  private static JsonObject json(Run run) {
    JsonObject object = new JsonObject();
    object.addProperty("time", run.time().toString());
    object.addProperty("command", run.command());
    object.addProperty("freedBytes", run.freedBytes());
    object.add(
        "policies",
        JsonParts.array(
            run.freed().entrySet(),
            each -> {
              JsonObject policy = new JsonObject();
              policy.addProperty("policy", each.getKey());
              policy.addProperty("freedBytes", each.getValue());
              return policy;
            }));
    object.add("volumes", JsonParts.array(run.levels(), History::level));
    return object;
  }

  private static JsonObject json(Trend trend) {
    JsonObject object = History.level(trend.last());
    object.addProperty("bytesPerDay", Math.round(trend.bytesPerDay()));
    object.addProperty("runs", trend.runs());
    object.addProperty("since", trend.since().toString());
    object.addProperty("falling", trend.falling());
    trend.fullOn().ifPresent(day -> object.addProperty("fullOn", day.toString()));
    return object;
  }
}
