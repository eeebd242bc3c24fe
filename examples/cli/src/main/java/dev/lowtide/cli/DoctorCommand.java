package dev.lowtide.cli;

import static dev.lowtide.cli.Options.option;

import com.google.gson.JsonObject;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.plan.PolicyFile;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Examination.Finding.Severity;
import dev.lowtide.policy.PolicyProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code doctor}: finds what makes this machine lose space. */
final class DoctorCommand implements Callable<Integer> {
  /** Trends beyond this time are too uncertain for a warning. */
  private static final Duration SOON = Duration.ofDays(30);

  private final Session session;
  private @Nullable CommandSpec spec;
  private List<Path> roots = new ArrayList<>();
  private @Nullable Path config;
  private ByteSize minFree = ByteSize.ZERO;
  private final Json json = new Json();

  DoctorCommand(Session session) {
    this.session = session;
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "doctor",
            this,
            "Finds what makes this machine lose space: limits without effect, duplicates, caches"
                + " without a limit.",
            "  lowtide doctor --root .",
            "  lowtide doctor --min-free 20GiB --config ci.toml --json");
    options.exits("No error was found; there may be warnings.", "An error was found.");
    spec = options.spec();
    options.list(
        "--root=DIR",
        Path.class,
        value -> roots = value,
        "A workspace to examine; repeatable. '.' is the working directory.");
    options.value(
        "--config=FILE",
        Path.class,
        value -> config = value,
        "A policy file; its targets are examined and its budgets checked.");
    options.value(
        option("--min-free=SIZE")
            .defaultValue("5GiB")
            .description(
                "The free space that each file system must have. Default: ${DEFAULT-VALUE}."),
        ByteSize.class,
        value -> minFree = value);
    json.addTo(options);
    return options.spec();
  }

  @Override
  public Integer call() throws IOException {
    List<PolicyProvider> providers = session.providers().get();
    LowtideBuilder builder = Lowtide.builder().host(session.host());
    List<CleanupTarget> targets = new ArrayList<>();
    try {
      for (Path root : roots) {
        Path checked = Inputs.root(session.host(), root);
        targets.add(CleanupTarget.of("workspace-" + (targets.size() + 1), checked));
      }
      if (config == null) {
        builder.providers(providers);
      } else {
        PolicyFile file = Inputs.policyFile(config, providers);
        builder.policyFile(file, providers);
        targets.addAll(file.targets());
      }
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    for (CleanupTarget target : targets) {
      if (!Files.isDirectory(target.root())) {
        throw new UsageException("There is no directory '" + Printable.of(target.root()) + "'");
      }
    }
    List<Finding> findings = new ArrayList<>(builder.build().examine(targets, minFree));
    findings.addAll(fillingDisks());
    findings.sort(Comparator.comparing(Finding::severity, Comparator.reverseOrder()));
    if (json.requested()) {
      JsonObject document = JsonParts.document();
      document.add("findings", JsonParts.array(findings, DoctorCommand::json));
      Json.print(session.out(), document);
    } else {
      session.out().print(explain(findings));
    }
    return findings.stream().anyMatch(finding -> finding.severity() == Severity.ERROR)
        ? Program.FAILED
        : Program.OK;
  }

  private List<Finding> fillingDisks() {
    History history = new History(session.host());
    History.Content content;
    try {
      content = history.read();
    } catch (IOException e) {
      session.err().println("[WARN] " + Problem.of(history.file(), "read", e));
      return List.of();
    }
    HistoryCommand.warn(session, history, content);
    Instant now = Clock.systemUTC().instant();
    return Trend.of(content.runs(), now).stream()
        .filter(trend -> trend.isFullWithin(SOON, now))
        .map(
            trend ->
                new Finding(
                    "host.disk-fills",
                    Severity.WARNING,
                    trend.last().name(),
                    "of "
                        + new ByteSize(trend.last().freeBytes())
                        + " that were free after the last run, "
                        + HistoryCommand.change(trend),
                    "Run 'lowtide history' to see what was freed, and 'lowtide plan --caches' to"
                        + " see what more can be removed; or enlarge the file system."))
        .toList();
  }

  private static JsonObject json(Finding finding) {
    JsonObject object = new JsonObject();
    object.addProperty("id", finding.id());
    object.addProperty("severity", finding.severity().name().toLowerCase(Locale.ROOT));
    object.addProperty("where", Printable.of(finding.where()));
    object.addProperty("message", Printable.of(finding.message()));
    object.addProperty("remedy", Printable.of(finding.remedy()));
    return object;
  }

  private String explain(List<Finding> findings) {
    if (findings.isEmpty()) {
      return "Nothing found.\n";
    }
    Ansi ansi = Objects.requireNonNull(spec).commandLine().getColorScheme().ansi();
    StringBuilder text = new StringBuilder();
    for (Finding finding : findings) {
      text.append(label(finding.severity(), ansi))
          .append(' ')
          .append(Printable.of(finding.where()))
          .append("\n        ")
          .append(Printable.of(finding.id()))
          .append(": ")
          .append(Printable.of(finding.message()))
          .append("\n        ")
          .append(Printable.of(finding.remedy()))
          .append("\n\n");
    }
    text.setLength(text.length() - 1);
    return text.toString();
  }

  private static String label(Severity severity, Ansi ansi) {
    return switch (severity) {
      case ERROR -> ansi.string("@|red ERROR|@  ");
      case WARNING -> ansi.string("@|yellow WARNING|@");
      case INFO -> "INFO   ";
    };
  }
}
