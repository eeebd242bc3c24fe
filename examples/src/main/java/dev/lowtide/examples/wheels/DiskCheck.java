package dev.lowtide.examples.wheels;

import dev.lowtide.ByteSize;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.Verification;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Compares the places that builds use with what they took when this was made, all but the output
 * directory.
 */
final class DiskCheck {
  private final Map<String, Path> locations;
  private final Map<String, ByteSize> tolerances;
  private final Path outputDirectory;
  private final SizeProbe probe;
  private final DiskBaseline before;

  DiskCheck(
      Map<String, Path> locations,
      Map<String, ByteSize> tolerances,
      Path outputDirectory,
      SizeProbe probe)
      throws IOException {
    this.locations = locations;
    this.tolerances = tolerances;
    this.outputDirectory = outputDirectory;
    this.probe = probe;
    this.before = capture();
  }

  private DiskBaseline capture() throws IOException {
    return DiskBaseline.capture(locations, probe, Clock.systemUTC().instant())
        .without(outputDirectory);
  }

  /** What the places take now, in a line. */
  String sizes() throws IOException {
    StringJoiner line = new StringJoiner(", ");
    for (Map.Entry<String, Path> location : locations.entrySet()) {
      long bytes;
      try {
        bytes = probe.measure(location.getValue()).allocatedBytes();
      } catch (NoSuchFileException e) {
        bytes = 0;
      }
      line.add(location.getKey() + " " + new ByteSize(bytes));
    }
    return line.toString();
  }

  /** The difference. */
  Verification verify() throws IOException {
    return Verification.compare(before, capture(), tolerances);
  }
}
