package dev.lowtide.examples.cli;

import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskBaseline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Records sizes. */
@Command(
    name = "baseline",
    description = "Records what places take on the disk, for 'lowtide verify --baseline'.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lowtide baseline -o before.json",
      "  lowtide baseline -o before.json --location cache=/var/cache/build",
    })
final class BaselineCommand implements Callable<Integer> {
  /** A baseline that records itself settles as soon as its own size needs no further block. */
  private static final int MOST_ATTEMPTS = 5;

  private final Session session;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Where to write it.")
  private @Nullable Path output;

  @Mixin private Locations locations = new Locations();

  BaselineCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() throws IOException {
    Path file = Objects.requireNonNull(output).toAbsolutePath();
    Inputs.requireWritable(file);
    Map<String, Path> places = locations.orUsual(session);
    DiskBaseline baseline = record(places, file, session.probe());
    Table table =
        new Table(
            Table.Column.left("LOCATION"),
            Table.Column.right("ALLOCATED"),
            Table.Column.left("PATH"));
    baseline
        .locations()
        .forEach((name, place) -> table.row(name, new ByteSize(place.bytes()), place.root()));
    session.err().print(table);
    session.err().println("[SUCCESS] Recorded in " + Printable.of(file));
    return LowtideCommand.OK;
  }

  /** Where the file lies in one of the places, it must not count as growth of it later. */
  private static DiskBaseline record(Map<String, Path> places, Path file, SizeProbe probe)
      throws IOException {
    Path real = Objects.requireNonNull(file.getParent()).toRealPath();
    boolean inside = false;
    for (Path place : places.values()) {
      inside |= Files.exists(place) && real.startsWith(place.toRealPath());
    }
    DiskBaseline baseline = DiskBaseline.capture(places, probe, Clock.systemUTC().instant());
    Files.writeString(file, baseline.toJson());
    for (int attempt = 1; inside && attempt < MOST_ATTEMPTS; attempt++) {
      DiskBaseline again = DiskBaseline.capture(places, probe, Clock.systemUTC().instant());
      if (again.locations().equals(baseline.locations())) {
        break;
      }
      baseline = again;
      Files.writeString(file, baseline.toJson());
    }
    return baseline;
  }
}
