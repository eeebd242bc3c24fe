package dev.lowtide.cli;

import static dev.lowtide.cli.Options.option;

import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.cli.Arrivals.Arrival;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.policy.Gauge.Budget;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.StandardLocation;
import dev.lowtide.verify.Verification;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code verify}: measures before and after a command, and says what changed. */
final class VerifyCommand implements Callable<Integer> {
  private final Session session;
  private @Nullable CommandSpec spec;
  private @Nullable Path baseline;
  private final Locations locations = new Locations();
  private final Budgets budgets = new Budgets();
  private @Nullable Duration watch;
  private List<String> command = new ArrayList<>();
  private final VerifyOutputs outputs = new VerifyOutputs();
  private final Json json = new Json();

  VerifyCommand(Session session) {
    this.session = session;
  }

  /**
   * The result.
   *
   * @param exit the exit code of the command, if there is one
   * @param peaks the most bytes seen in each location, if they were watched
   * @param budgets the result for each budget
   */
  private record Result(
      Verification verification,
      List<Arrival> arrivals,
      OptionalInt exit,
      Optional<Map<String, Long>> peaks,
      List<Budget.Result> budgets) {

    boolean passed() {
      return verification.passed() && budgets.stream().allMatch(Budget.Result::holds);
    }

    /** The exit code. */
    int code() {
      int own = passed() ? Program.OK : Program.FAILED;
      return exit.orElse(0) != 0 ? exit.getAsInt() : own;
    }
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "verify",
            this,
            "Checks whether locations are as they were before a command, or as a baseline recorded"
                + " them.",
            "  lowtide verify --tolerate temp=10MB --except 'dist/**' -- make wheel",
            "  lowtide verify --baseline before.json --budget 'sccache.hit-rate>=85%%'");
    options.exits(
        "Every location is as expected, every budget is met, and the command ended with 0.",
        "A location is not as expected, or a budget is not met.",
        UserCommand.EXITS);
    spec = options.spec();
    options.value(
        "--baseline=FILE",
        Path.class,
        value -> baseline = value,
        "Compare with this file of 'lowtide baseline' instead of measuring before the"
            + " command.");
    locations.addTo(options);
    budgets.addTo(options);
    options.value(
        option("--watch=INTERVAL")
            .arity("0..1")
            .fallbackValue("1s")
            .description(
                "Also measure the locations while the command runs, and show the peak of each."
                    + " Default interval: 1s; it grows if measuring takes long."),
        Duration.class,
        value -> watch = value);
    UserCommand.addTo(options, value -> command = value);
    outputs.addTo(options);
    json.addTo(options);
    return options.spec();
  }

  @Override
  public Integer call() throws IOException {
    List<Budget> wanted = budgets.all(session);
    if (baseline == null && command.isEmpty() && (wanted.isEmpty() || locations.areGiven())) {
      throw new UsageException(
          "There is nothing to compare with; add --baseline FILE, or a command after --");
    } else if (watch != null && command.isEmpty()) {
      throw new UsageException("--watch needs a command; add one after --");
    }
    outputs.begin();
    SizeProbe probe = session.probe();
    Result result = verify(wanted, probe);
    if (json.requested()) {
      Json.print(session.out(), document(result));
    } else {
      session.out().print(explain(result));
    }
    session.out().flush(); // the verdict of a long run is printed even if a file cannot be written
    outputs.write(
        result.verification(),
        result.arrivals(),
        result.peaks().orElse(Map.of()),
        result.budgets(),
        result.passed(),
        probe,
        result.code());
    return result.code();
  }

  private Result verify(List<Budget> wanted, SizeProbe probe) throws IOException {
    DiskBaseline before = before(probe);
    List<DiskLocation> places = locations.now(before, session);
    Optional<Arrivals> shared = shared(places);
    OptionalInt exit = OptionalInt.empty();
    Optional<Map<String, Long>> peaks = Optional.empty();
    if (watch != null) {
      try (PeakWatch watched =
          PeakWatch.start(places, SizeProbe.best(), DiskUsage::allocated, watch)) {
        exit = OptionalInt.of(run());
        peaks = Optional.of(peaks(places, watched));
      }
    } else if (!command.isEmpty()) {
      exit = OptionalInt.of(run());
    }
    DiskBaseline after = DiskBaseline.capture(places, probe, Clock.systemUTC().instant());
    List<Arrival> arrivals = shared.map(each -> each.since(probe)).orElse(List.of());
    Verification verification = Verification.compare(before, after);
    for (Arrival arrival : arrivals) {
      verification = verification.explainedBy(arrival.path(), arrival.size().bytes());
    }
    if (peaks.isPresent()) {
      raise(peaks.get(), verification);
    }
    return new Result(verification, arrivals, exit, peaks, Budgets.check(wanted, session, probe));
  }

  /** Where a command may write although it was told to use the temporary directory. */
  private Optional<Arrivals> shared(List<DiskLocation> places) {
    boolean isTempVerified =
        places.stream().anyMatch(place -> place.name().equals(StandardLocation.TEMP.id()));
    return isTempVerified && !command.isEmpty()
        ? Optional.of(
            Arrivals.inTemporaryDirectories(
                session.host(), places.stream().map(DiskLocation::root).toList()))
        : Optional.empty();
  }

  private static Map<String, Long> peaks(List<DiskLocation> places, PeakWatch watched) {
    Map<String, Long> peaks = new LinkedHashMap<>();
    places.forEach(place -> peaks.put(place.name(), watched.peak(place.name()).bytes()));
    return peaks;
  }

  /** The measurements before and after the command count for the peaks, too. */
  private static void raise(Map<String, Long> peaks, Verification verification) {
    for (Verification.Location place : verification.locations()) {
      long seen = Math.max(place.beforeBytes(), place.afterBytes());
      peaks.merge(place.name(), seen, Math::max);
    }
  }

  private DiskBaseline before(SizeProbe probe) throws IOException {
    if (baseline == null) {
      List<DiskLocation> places = command.isEmpty() ? List.of() : locations.chosen(session);
      return DiskBaseline.capture(places, probe, Clock.systemUTC().instant());
    }
    Inputs.requireFile(baseline, "baseline");
    try {
      return locations.applyTo(DiskBaseline.load(baseline));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    } catch (IOException e) {
      throw Inputs.unreadable(baseline, e);
    }
  }

  private int run() throws IOException {
    try (GracefulShutdown shutdown = UserCommand.shutdown(session)) {
      return shutdown.interruptibly(() -> UserCommand.run(session, command, json.requested()));
    }
  }

  private String explain(Result result) {
    Ansi ansi = Objects.requireNonNull(spec).commandLine().getColorScheme().ansi();
    StringBuilder text = new StringBuilder();
    String plain =
        result.verification().explain()
            + result.arrivals().stream()
                .map(arrival -> "WARN  " + arrival.explain() + "\n")
                .collect(Collectors.joining())
            + Budgets.explain(result.budgets());
    for (String line : plain.split("\n", -1)) {
      text.append(
              line.startsWith("PASS")
                  ? ansi.string("@|green PASS|@") + line.substring(4)
                  : line.startsWith("FAIL")
                      ? ansi.string("@|red FAIL|@") + line.substring(4)
                      : line)
          .append('\n');
    }
    text.setLength(text.length() - 1);
    result
        .peaks()
        .ifPresent(
            peaks -> {
              Table table = new Table("LOCATION", ">PEAK, AT LEAST");
              result
                  .verification()
                  .locations()
                  .forEach(place -> table.row(place.name(), peak(place, peaks)));
              text.append('\n').append(table);
            });
    return text.toString();
  }

  /** Samples can miss the peak, so the heading says "at least"; an estimate is marked as one. */
  private static BoundedSize peak(Verification.Location place, Map<String, Long> peaks) {
    return new BoundedSize(
        peaks.getOrDefault(place.name(), 0L), place.exact() ? Bound.EXACT : Bound.ESTIMATE);
  }

  private JsonObject document(Result result) {
    JsonObject document = JsonParts.document();
    document.addProperty("passed", result.passed());
    if (result.exit().isPresent()) {
      document.add("command", Json.command(command, result.exit().getAsInt()));
    }
    document.add(
        "locations", Json.locations(result.verification(), result.peaks().orElse(Map.of())));
    if (!result.verification().locations().isEmpty()) {
      document.add("freeSpace", Json.freeSpace(result.verification()));
      document.add("appeared", JsonParts.array(result.arrivals(), Json::arrival));
    }
    if (!result.budgets().isEmpty()) {
      document.add("budgets", Budgets.json(result.budgets()));
    }
    return document;
  }
}
