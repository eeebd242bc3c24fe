package dev.lowtide.cli.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Outcome;
import dev.lowtide.fs.OutputFile;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An HTML report: one file that loads nothing. It shows where the bytes are, what is removed or
 * kept and why, how the disk was used meanwhile, and the sizes before and after.
 *
 * <p>Its size depends on the number of decisions and large directories, not on the number of files,
 * and it says what it omits. For one thread.
 */
public final class Report {
  private final JsonObject data = new JsonObject();
  private final String title;
  private final JsonArray tiles = new JsonArray();
  private final List<String> notes = new ArrayList<>();
  private final List<DiskTree> trees = new ArrayList<>();
  private final Decisions decisions = new Decisions();

  /**
   * An empty report.
   *
   * @param title what it shows, in a few words
   * @param command such as {@code plan}
   */
  public Report(String title, String command, Instant createdAt) {
    this.title = title;
    data.addProperty("command", "lowtide " + command);
    data.addProperty("createdAt", createdAt.toString());
    data.addProperty("done", false);
  }

  /**
   * Adds how the run was started and ended.
   *
   * @param started the command line, and below it the version and the machine
   */
  public Report run(String started, int exit) {
    data.addProperty("started", started);
    data.addProperty("exit", exit);
    return this;
  }

  /** Adds what to do next, as a sentence. */
  public Report next(String sentence) {
    data.addProperty("next", sentence);
    return this;
  }

  /** Adds how long the command took. */
  public Report took(Duration duration) {
    data.addProperty("seconds", duration.toMillis() / 1000.0);
    return this;
  }

  /** Adds the verdict. */
  public Report passed(boolean passed) {
    data.addProperty("passed", passed);
    return this;
  }

  /** Adds a size in large figures, with a few words below it. */
  public Report tile(String label, BoundedSize size, String detail) {
    JsonObject tile = new JsonObject();
    tile.addProperty("label", label);
    add(tile, "bytes", size);
    tile.addProperty("detail", detail);
    tiles.add(tile);
    return this;
  }

  static void add(JsonObject json, String key, BoundedSize size) {
    json.addProperty(key, size.bytes());
    add(json, size.bound());
  }

  static void add(JsonObject json, Bound bound) {
    if (bound != Bound.EXACT) {
      json.addProperty("bound", bound.word());
    }
  }

  /** Adds a count in large figures, with a few words below it. */
  public Report tile(String label, long number, String detail) {
    JsonObject tile = new JsonObject();
    tile.addProperty("label", label);
    tile.addProperty("number", number);
    tile.addProperty("detail", detail);
    tiles.add(tile);
    return this;
  }

  /** Adds a sentence about how the numbers were measured. */
  public Report note(String sentence) {
    notes.add(sentence);
    return this;
  }

  /**
   * Adds what a plan would do: captures its targets, and lists its items and refusals.
   *
   * @throws IOException if a target cannot be read; a missing one is omitted
   */
  public Report plan(CleanupPlan plan, SizeProbe probe) throws IOException {
    targets(plan, probe);
    for (PlanItem item : plan.items()) {
      decisions.add(item, "", "to remove", item.candidate().reason(), item.reclaimable());
    }
    plan.refused().forEach(refusal -> decisions.add(refusal, "", size(refusal.path())));
    DiskUsage usage = DiskTree.sum(trees);
    return onTheDisk("On the disk", usage)
        .tile("To remove", plan.reclaimable(), "in " + plural(plan.items().size(), "item"))
        .tile("To keep", plan.refused().size(), "proposed by a policy and kept");
  }

  /**
   * Captures the targets of a plan as they are now, with what is removed and kept.
   *
   * @throws IOException if a target cannot be read; a missing one is omitted
   */
  public Report targets(CleanupPlan plan, SizeProbe probe) throws IOException {
    for (CleanupTarget target : plan.targets()) {
      tree(target.id(), target.root(), marks(plan), probe);
    }
    return treeTitle("Where the bytes are");
  }

  public static Map<Path, DiskTree.Mark> marks(CleanupPlan plan) {
    Map<Path, DiskTree.Mark> marks = new HashMap<>();
    for (Refusal refusal : plan.refused()) {
      marks.put(refusal.path(), DiskTree.Mark.STAYS);
    }
    for (PlanItem item : plan.items()) {
      // Which part of an item a command removes, only its tool knows
      if (item.candidate().deletes()) {
        marks.put(item.path(), DiskTree.Mark.GOES);
      }
    }
    return marks;
  }

  /** Adds the result of a plan whose {@link #targets} were captured before. */
  public Report results(CleanupReport report) {
    results(report, "");
    int failures = report.failures().size();
    tile(
        report.dryRun() ? "Would be freed" : "Freed",
        report.freed(),
        "in "
            + plural(
                report.outcomes().stream().filter(outcome -> outcome.freedBytes() > 0).count(),
                "item"));
    tile(
        "Kept",
        (long) report.refused().size() + report.skipped().size(),
        "proposed by a policy and kept");
    return failures == 0 ? this : tile("Failed", failures, "that should have been removed");
  }

  /**
   * Lists the result of a plan.
   *
   * @param within the part of the run, for people; empty if the plan is the whole run
   */
  public Report results(CleanupReport report, String within) {
    data.addProperty("done", !report.dryRun());
    for (Outcome outcome : report.outcomes()) {
      String reason =
          outcome.reason().isEmpty() ? outcome.item().candidate().reason() : outcome.reason();
      decisions.add(outcome.item(), within, outcome.word(), reason, outcome.freed());
    }
    report.refused().forEach(refusal -> decisions.add(refusal, within, size(refusal.path())));
    return this;
  }

  private Optional<BoundedSize> size(Path marked) {
    return trees.stream().map(tree -> tree.size(marked)).flatMap(Optional::stream).findFirst();
  }

  /** Sets the heading of the trees. */
  public Report treeTitle(String title) {
    data.addProperty("treeTitle", title);
    return this;
  }

  /**
   * Captures a location as it is now.
   *
   * @throws IOException if it cannot be read; a missing one is omitted
   */
  public Report tree(String name, Path root, Map<Path, DiskTree.Mark> marks, SizeProbe probe)
      throws IOException {
    Snapshot snapshot;
    try {
      snapshot = probe.capture(root);
    } catch (NoSuchFileException e) {
      return this;
    }
    return tree(DiskTree.of(name, snapshot, marks));
  }

  /** Adds a tree; several are shown side by side. */
  public Report tree(DiskTree tree) {
    trees.add(tree);
    return this;
  }

  /** Adds the sum of the trees in large figures. */
  public Report onTheDisk(String label) {
    return onTheDisk(label, DiskTree.sum(trees));
  }

  private Report onTheDisk(String label, DiskUsage usage) {
    return tile(label, usage.allocated(), "in " + plural(usage.entries(), "entry"));
  }

  /** Adds the size of each captured target now, beside its size before. */
  public Report after(CleanupPlan plan, SizeProbe probe) throws IOException {
    JsonArray rows = new JsonArray();
    Map<String, BoundedSize> before = new LinkedHashMap<>();
    trees.forEach(tree -> before.put(tree.path(), tree.usage().allocated()));
    for (CleanupTarget target : plan.targets()) {
      BoundedSize then = before.get(Printable.of(target.root()));
      if (then != null) {
        JsonObject row = new JsonObject();
        row.addProperty("name", target.id());
        row.addProperty("path", Printable.of(target.root()));
        BoundedSize now = size(target.root(), probe);
        row.addProperty("beforeBytes", then.bytes());
        row.addProperty("afterBytes", now.bytes());
        row.addProperty("deltaBytes", now.bytes() - then.bytes());
        add(row, then.bound().and(now.bound()));
        rows.add(row);
      }
    }
    return locations(rows);
  }

  private static BoundedSize size(Path root, SizeProbe probe) throws IOException {
    try {
      return probe.measure(root).allocated();
    } catch (NoSuchFileException e) {
      return BoundedSize.ZERO;
    }
  }

  /** Adds locations before and after, from the document of {@code lowtide verify --json}. */
  public Report locations(JsonArray locations) {
    if (!locations.isEmpty()) {
      data.add("locations", locations);
    }
    return this;
  }

  /**
   * Adds the wheels: objects with {@code label}, {@code status}, {@code file}, {@code reason},
   * {@code bytes}, {@code sampledPeakBytes} and {@code reclaimedBytes}.
   */
  public Report wheels(JsonArray wheels) {
    data.add("wheels", wheels);
    return this;
  }

  /** Adds how the disk was used during the run. */
  public Report timeline(Timeline timeline) {
    data.add("timeline", timeline.json());
    return this;
  }

  /**
   * Writes the file; replaces an existing one.
   *
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    data.add("tiles", tiles);
    if (!trees.isEmpty()) {
      JsonArray array = new JsonArray();
      trees.forEach(tree -> array.add(tree.json()));
      data.add("trees", array);
    }
    decisions.addTo(data);
    data.add("notes", array(allNotes()));
    byte[] page = HtmlPage.of(title, data).getBytes(StandardCharsets.UTF_8);
    OutputFile.write(file, out -> out.write(page));
  }

  private List<String> allNotes() {
    List<String> all = new ArrayList<>(notes);
    DiskUsage usage = DiskTree.sum(trees);
    if (!trees.isEmpty()) {
      all.add(
          usage.allocatedExact()
              ? "Sizes are allocated bytes, as du counts them; a file with several hard links"
                  + " counts once in each location."
              : "Sizes are estimates: file sizes rounded up to blocks. Java 22 or newer on Linux"
                  + " measures allocated bytes.");
    }
    long aggregated = trees.stream().mapToLong(DiskTree::aggregated).sum();
    if (aggregated > 0) {
      all.add(
          "Entries smaller than 0.05% of their location are merged into “others”: "
              + plural(aggregated, "entry")
              + " here.");
    }
    if (usage.unreadable() > 0) {
      all.add(
          "Something could not be read "
              + plural(usage.unreadable(), "time")
              + ", so the numbers marked ≥ are lower bounds.");
    }
    return all;
  }

  private static JsonArray array(List<String> texts) {
    JsonArray array = new JsonArray();
    texts.forEach(array::add);
    return array;
  }

  static String plural(long count, String noun) {
    String plural = noun.endsWith("y") ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s";
    return String.format(Locale.ROOT, "%,d %s", count, count == 1 ? noun : plural);
  }
}
