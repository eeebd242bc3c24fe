package dev.lowtide.cli;

import static dev.lowtide.cli.Options.option;

import dev.lowtide.Printable;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code baseline}: records the content of locations. */
final class BaselineCommand implements Callable<Integer> {
  private final Session session;
  private @Nullable Path output;
  private final Locations locations = new Locations();

  BaselineCommand(Session session) {
    this.session = session;
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "baseline",
            this,
            "Records the content of locations, for 'lowtide verify --baseline'.",
            "  lowtide baseline -o before.json",
            "  lowtide baseline -o before.json --location uv-cache --location src=/src");
    options.exits("The baseline was written.", "Something could not be measured or written.");
    options.value(
        option("-o, --output=FILE").required(true).description("The file to write."),
        Path.class,
        value -> output = value);
    locations.addTo(options);
    return options.spec();
  }

  @Override
  public Integer call() throws IOException {
    Path file = Objects.requireNonNull(output).toAbsolutePath();
    Inputs.requireWritable(file);
    Path real = Inputs.real(file);
    // The file itself may be in one of the locations, and is no change
    List<DiskLocation> places =
        locations.chosen(session).stream().map(place -> place.excepting(real)).toList();
    DiskBaseline baseline =
        DiskBaseline.capture(places, session.probe(), Clock.systemUTC().instant());
    baseline.save(file);
    Table table = new Table("LOCATION", "EXPECTED", ">ALLOCATED", "PATH");
    for (DiskBaseline.Location place : baseline.locations()) {
      if (place.entries() > 0) {
        DiskLocation rules = place.rules();
        table.row(
            rules.name(),
            rules.expectation().name().toLowerCase(Locale.ROOT),
            place.size(),
            rules.root());
      }
    }
    session.err().print(table);
    session.err().println("[SUCCESS] Recorded in " + Printable.of(file));
    return Program.OK;
  }
}
