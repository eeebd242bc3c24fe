package dev.lowtide.examples.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.examples.UsageException;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.Verification;
import java.io.IOException;
import java.io.InterruptedIOException;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures twice, with a command in between, and says whether anything has grown. */
@picocli.CommandLine.Command(
    name = "verify",
    description = "Says whether places take more than before: before a command, or a baseline.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lowtide verify --tolerate temp=10MB -- make wheel",
      "  lowtide verify --baseline before.json",
    })
final class VerifyCommand implements Callable<Integer> {
  /** A person who typed it can end it. */
  private static final Duration NO_LIMIT = Duration.ofDays(36_500);

  private final Session session;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--baseline",
      paramLabel = "FILE",
      description = "What 'lowtide baseline' has recorded, instead of measuring before.")
  private @Nullable Path baseline;

  @Mixin private Locations locations = new Locations();

  @Option(
      names = "--tolerate",
      paramLabel = "NAME=SIZE",
      description = "How much a place may grow; repeatable.")
  private Map<String, ByteSize> tolerances = new LinkedHashMap<>();

  @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "What to run, after --.")
  private List<String> command = new ArrayList<>();

  @Mixin private VerifyOutputs outputs = new VerifyOutputs();
  @Mixin private Json json = new Json();

  VerifyCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() throws IOException {
    if (baseline == null && command.isEmpty()) {
      throw new UsageException(
          "There is nothing to compare with; add --baseline FILE, or a command after --");
    }
    outputs.begin();
    SizeProbe probe = session.probe();
    DiskBaseline before = before(probe);
    requireKnown(tolerances, "--tolerate", before);
    Map<String, Path> places = new LinkedHashMap<>();
    before.locations().forEach((name, place) -> places.put(name, place.root()));
    Map<String, Path> given = locations.given(session);
    requireKnown(given, "--location", before);
    places.putAll(given);

    OptionalInt exit = command.isEmpty() ? OptionalInt.empty() : OptionalInt.of(run());
    DiskBaseline after = DiskBaseline.capture(places, probe, Clock.systemUTC().instant());
    Verification verification = Verification.compare(before, after, tolerances);
    outputs.write(document(verification, exit), probe);
    if (json.requested()) {
      Json.print(session.out(), document(verification, exit));
    } else {
      session.out().print(explain(verification));
    }
    int own = verification.passed() ? LowtideCommand.OK : LowtideCommand.FAILED;
    return exit.orElse(0) != 0 ? exit.getAsInt() : own;
  }

  private DiskBaseline before(SizeProbe probe) throws IOException {
    if (baseline == null) {
      return DiskBaseline.capture(locations.orUsual(session), probe, Clock.systemUTC().instant());
    }
    String text = Inputs.text(baseline, "baseline");
    try {
      return DiskBaseline.fromJson(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException(
          "'"
              + Printable.of(baseline.toAbsolutePath())
              + "' cannot be compared with: "
              + e.getMessage());
    }
  }

  private static void requireKnown(Map<String, ?> names, String option, DiskBaseline before) {
    for (String name : names.keySet()) {
      if (!before.locations().containsKey(name)) {
        throw new UsageException(
            option
                + " names the location '"
                + name
                + "', which was not measured before; there are "
                + String.join(", ", before.locations().keySet()));
      }
    }
  }

  private int run() throws IOException {
    CommandRunner runner =
        CommandRunner.foreground(
            session.host(), json.requested() ? Optional.of(session.err()) : Optional.empty());
    try {
      return runner.run(Command.of(command).within(NO_LIMIT)).exit();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new UsageException("'" + command.get(0) + "' cannot be run: " + e.getMessage());
    }
  }

  private String explain(Verification verification) {
    Ansi ansi = Objects.requireNonNull(spec).commandLine().getColorScheme().ansi();
    StringBuilder text = new StringBuilder();
    for (String line : verification.explain().split("\n", -1)) {
      text.append(
              line.startsWith("PASS")
                  ? ansi.string("@|green PASS|@") + line.substring(4)
                  : line.startsWith("FAIL")
                      ? ansi.string("@|red FAIL|@") + line.substring(4)
                      : line)
          .append('\n');
    }
    text.setLength(text.length() - 1);
    return text.toString();
  }

  private JsonObject document(Verification verification, OptionalInt exit) {
    JsonObject document = Json.document();
    document.addProperty("passed", verification.passed());
    if (exit.isPresent()) {
      JsonObject ran = new JsonObject();
      JsonArray argv = new JsonArray();
      command.forEach(argv::add);
      ran.add("argv", argv);
      ran.addProperty("exit", exit.getAsInt());
      document.add("command", ran);
    }
    document.add("locations", Json.locations(verification));
    return document;
  }
}
