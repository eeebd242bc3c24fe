package dev.lowtide.cli;

import static dev.lowtide.cli.Options.parameters;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code size}: measures. */
final class SizeCommand implements Callable<Integer> {
  /** The most problems that are listed; the rest is only counted. */
  private static final int MAX_PROBLEMS = 1000;

  private final Session session;
  private List<Path> paths = new ArrayList<>();
  private @Nullable Integer depth;
  private @Nullable Integer top;
  private boolean full;
  private boolean exclusive;
  private boolean byPackage;
  private final Json json = new Json();

  SizeCommand(Session session) {
    this.session = session;
  }

  /** What is shown instead of paths. */
  private enum By {
    PACKAGE
  }

  /**
   * A path and its size.
   *
   * @param name shown instead of the path, if present
   * @param exclusive how much of it is its own, if that was asked for
   */
  private record Line(
      Path path, Optional<String> name, DiskUsage usage, Optional<Exclusive> exclusive) {
    Line(Path path, DiskUsage usage, Optional<Exclusive> exclusive) {
      this(path, Optional.empty(), usage, exclusive);
    }
  }

  /**
   * A named path, and the paths below it that are shown.
   *
   * @param incremental whether unchanged directories were not read again
   */
  private record Measured(
      Line root, boolean incremental, List<Line> below, List<Problem> problems) {}

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "size",
            this,
            "Measures how much disk space files and directories take. Symbolic links are not"
                + " followed. ~ marks an estimate, and >= a lower bound, since a part is"
                + " unreadable. In content-addressed caches, directories that did not change since"
                + " the last measurement are not read again.",
            "  lowtide size --top 10 .",
            "  lowtide size --by package --top 10 ~/.cache/uv");
    options.exits("Every path was measured.", "A path could not be measured.");
    options.list(
        parameters()
            .paramLabel("PATH")
            .arity("0..*")
            .description("The files and directories to measure. Default: the working directory."),
        Path.class,
        value -> paths = value);
    options.value(
        "--depth=N",
        Integer.class,
        value -> depth = value,
        "Show this many levels below each path.");
    options.value(
        "--top=N",
        Integer.class,
        value -> top = value,
        "Show only the N largest entries below each path, largest first. Default depth: one"
            + " level.");
    options.value(
        "--by=package",
        By.class,
        value -> byPackage = true,
        "Show the packages in a cache of uv, largest first, instead of its directories.");
    options.flag(
        "--full",
        value -> full = value,
        "Read everything again, including caches that were measured before.");
    options.flag(
        "--exclusive",
        value -> exclusive = value,
        "Also show how many bytes the removal of each path alone would free, and how many"
            + " it shares with hard links, clones and snapshots elsewhere. Asks the file"
            + " system about each file.");
    json.addTo(options);
    return options.spec();
  }

  @Override
  public Integer call() throws IOException {
    if ((depth != null && depth < 0) || (top != null && top < 1)) {
      throw new UsageException("--depth must be 0 or more, and --top 1 or more");
    }
    if (byPackage && (depth != null || exclusive)) {
      throw new UsageException(
          "--by package works with --top, but not with --depth or --exclusive");
    }
    SizeProbe probe = session.probe();
    if (exclusive && !probe.name().equals("linux")) {
      throw new UsageException(
          "--exclusive does not work here: only Java 22 or newer on Linux, with native access, sees"
              + " which blocks files share");
    }
    SizeProbe.Incremental whole =
        probe.incremental(
            session.host().cacheHome().resolve("lowtide").resolve("sizes"),
            this::contentAddressed,
            Clock.systemUTC());
    List<Measured> measured = new ArrayList<>();
    List<Path> asked = paths.isEmpty() ? List.of(session.host().workingDirectory()) : paths;
    for (Path path : asked) {
      Path shown = path;
      try {
        shown = Inputs.resolved(path);
        measured.add(
            levels() > 0 || exclusive || byPackage ? capture(probe, shown) : measure(whole, shown));
      } catch (InterruptedIOException e) {
        throw e;
      } catch (NoSuchFileException e) {
        session.err().println("lowtide: there is no " + Printable.of(shown.toAbsolutePath()));
      } catch (IOException e) {
        session.err().println("lowtide: " + Problem.of(shown.toAbsolutePath(), "measure", e));
      }
    }
    if (json.requested()) {
      JsonObject document = JsonParts.document();
      document.add("roots", JsonParts.array(measured, each -> root(each, probe)));
      Json.print(session.out(), document);
    } else if (!measured.isEmpty()) {
      session.out().print(table(measured));
      measured.forEach(this::explain);
    }
    return measured.size() == asked.size() ? Program.OK : Program.FAILED;
  }

  /**
   * The content-addressed caches. Called only if there is a directory to measure, because it loads
   * all providers.
   */
  private Set<Path> contentAddressed() {
    if (full) {
      return Set.of();
    }
    Set<Path> contentAddressed = new HashSet<>();
    for (PolicyProvider provider : session.providers().get()) {
      contentAddressed.addAll(provider.contentAddressed(session.host()));
    }
    return contentAddressed;
  }

  private int levels() {
    return depth != null ? depth : top != null ? 1 : 0;
  }

  private static Measured measure(SizeProbe.Incremental probe, Path path) throws IOException {
    List<Problem> problems = new ArrayList<>();
    SizeProbe.Incremental.Measured measured =
        probe.measure(
            path,
            problem -> {
              if (problems.size() < MAX_PROBLEMS) {
                problems.add(problem);
              }
            });
    return new Measured(
        new Line(path, measured.usage(), Optional.empty()),
        measured.incremental(),
        List.of(),
        problems);
  }

  private Measured capture(SizeProbe probe, Path path) throws IOException {
    Snapshot snapshot = probe.capture(path);
    List<Line> below = new ArrayList<>();
    if (byPackage) {
      addPackages(snapshot.root(), below);
    } else if (levels() > 0) {
      collect(snapshot.root(), levels(), below);
    }
    if (top != null || byPackage) {
      below.sort(
          Comparator.comparingLong((Line line) -> line.usage().allocatedBytes())
              .reversed()
              .thenComparing(Line::path)
              .thenComparing(each -> each.name().orElse("")));
    }
    if (top != null) {
      below = below.subList(0, Math.min(top, below.size()));
    }
    return new Measured(line(path, snapshot.root()), false, below, snapshot.problems());
  }

  private Line line(Path path, Entry entry) {
    return new Line(
        path, entry.usage(), exclusive ? Optional.of(Exclusive.of(entry)) : Optional.empty());
  }

  private void addPackages(Entry directory, List<Line> lines) {
    for (PolicyProvider provider : session.providers().get()) {
      provider
          .packagesIn(directory)
          .forEach(
              (name, usage) ->
                  lines.add(
                      new Line(directory.path(), Optional.of(name), usage, Optional.empty())));
    }
    if (lines.isEmpty()) {
      throw new UsageException(
          "There are no known packages in "
              + Printable.of(directory.path())
              + "; name a cache of uv, as 'uv cache dir' prints it");
    }
  }

  private void collect(Entry directory, int levels, List<Line> lines) {
    for (Entry child : directory.children()) {
      lines.add(line(child.path(), child));
      if (levels > 1) {
        collect(child, levels - 1, lines);
      }
    }
  }

  private String table(List<Measured> measured) {
    List<String> columns =
        new ArrayList<>(List.of(">ALLOCATED", ">APPARENT", ">SHARED", ">FILES", ">DIRS", "PATH"));
    if (exclusive) {
      columns.add(2, ">EXCLUSIVE");
    }
    Table table = new Table(columns.toArray(String[]::new));
    for (Measured each : measured) {
      each.below().forEach(line -> row(table, line));
      row(table, each.root());
    }
    return table.toString();
  }

  private static void row(Table table, Line line) {
    DiskUsage usage = line.usage();
    String least = usage.unreadable() > 0 ? ">=" : "";
    String mark = least + (usage.allocatedExact() ? "" : "~");
    List<Object> cells = new ArrayList<>();
    cells.add(mark + new ByteSize(usage.allocatedBytes()));
    cells.add(least + new ByteSize(usage.apparentBytes()));
    line.exclusive().ifPresent(exclusive -> cells.add(exclusive.own()));
    cells.add(
        line.exclusive()
            .map(exclusive -> exclusive.shared().toString())
            .orElse(mark + new ByteSize(usage.sharedBytes())));
    cells.add(usage.files());
    cells.add(usage.directories());
    cells.add(line.name().<Object>map(name -> name).orElse(line.path()));
    table.row(cells.toArray());
  }

  private void explain(Measured measured) {
    DiskUsage usage = measured.root().usage();
    String path = Printable.of(measured.root().path());
    measured
        .root()
        .exclusive()
        .ifPresent(
            exclusive ->
                exclusive
                    .remarks()
                    .forEach(remark -> session.err().println("[INFO] " + path + ": " + remark)));
    if (usage.unreadable() > 0) {
      session
          .err()
          .println(
              "[WARN] "
                  + path
                  + " takes at least this much: "
                  + usage.unreadable()
                  + " of its entries were unreadable, for example: "
                  + measured.problems().get(0));
    }
  }

  private JsonObject root(Measured measured, SizeProbe probe) {
    JsonObject json = line(measured.root());
    json.addProperty("probe", probe.name());
    json.addProperty("incremental", measured.incremental());
    json.add(
        "problems",
        JsonParts.array(
            measured.problems(),
            problem -> {
              JsonObject object = JsonParts.path(new JsonObject(), problem.path());
              object.addProperty("operation", problem.operation());
              object.addProperty("message", problem.message());
              return object;
            }));
    if (byPackage) {
      json.add("packages", JsonParts.array(measured.below(), SizeCommand::named));
    } else if (depth != null || top != null) {
      json.add("entries", JsonParts.array(measured.below(), SizeCommand::line));
    }
    return json;
  }

  private static JsonObject named(Line line) {
    JsonObject json = new JsonObject();
    json.addProperty("name", line.name().orElse(""));
    return size(json, line);
  }

  private static JsonObject line(Line line) {
    return size(JsonParts.path(new JsonObject(), line.path()), line);
  }

  private static JsonObject size(JsonObject json, Line line) {
    DiskUsage usage = line.usage();
    json.addProperty("apparentBytes", usage.apparentBytes());
    json.addProperty("allocatedBytes", usage.allocatedBytes());
    json.addProperty("allocatedExact", usage.allocatedExact());
    JsonParts.bound(json, "bound", usage.bound());
    json.addProperty("sharedBytes", usage.sharedBytes());
    json.addProperty("files", usage.files());
    json.addProperty("directories", usage.directories());
    json.addProperty("others", usage.others());
    json.addProperty("unreadable", usage.unreadable());
    line.exclusive().ifPresent(exclusive -> json.add("exclusive", json(exclusive)));
    return json;
  }

  private static JsonObject json(Exclusive exclusive) {
    JsonObject json = new JsonObject();
    JsonParts.size(json, "own", exclusive.own());
    json.addProperty("sharedBytes", exclusive.shared().bytes());
    JsonParts.bound(json, "sharedBound", exclusive.shared().bound());
    JsonArray remarks = new JsonArray();
    exclusive.remarks().forEach(remarks::add);
    json.add("remarks", remarks);
    return json;
  }
}
