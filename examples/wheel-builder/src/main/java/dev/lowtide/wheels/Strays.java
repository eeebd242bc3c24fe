package dev.lowtide.wheels;

import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.Arrivals;
import dev.lowtide.cli.Arrivals.Arrival;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What appears in the shared directories for temporary files during a run, and which of that the
 * builds made. It removes nothing. Not thread-safe.
 */
final class Strays {
  /** The places where tools name their directories: caches of CMake, logs, scripts. */
  private static final int BEGINNING_BYTES = 64 * 1024;

  private static final int MAX_ENTRIES = 10_000;

  private final Arrivals before;
  private final String runName;
  private final Set<Path> held = new HashSet<>();

  /**
   * @param watched what is measured anyway
   * @param runDirectory its name contains a random number
   */
  Strays(HostEnvironment host, Collection<Path> watched, Path runDirectory) {
    this.before = Arrivals.inTemporaryDirectories(host, watched);
    this.runName = runDirectory.getFileName().toString();
  }

  /**
   * One entry that has appeared.
   *
   * @param isOfThisRun whether a process of a build had it open after the build, or something in it
   *     names the directory of the run; otherwise another program may have made it
   */
  record Stray(Arrival arrival, boolean isOfThisRun) {
    /** A line for people. */
    String explain() {
      return arrival.explain()
          + (isOfThisRun
              ? "; a build of this run made it"
              : "; a build or another program made it");
    }
  }

  /** Remembers what processes of a build have open. */
  void addHeld(Set<Path> paths) {
    held.addAll(paths);
  }

  /** What has appeared until now. */
  List<Stray> found(SizeProbe probe) {
    return before.since(probe).stream()
        .map(arrival -> new Stray(arrival, isOfThisRun(arrival.path(), probe)))
        .toList();
  }

  private boolean isOfThisRun(Path path, SizeProbe probe) {
    if (held.stream().anyMatch(each -> each.startsWith(path))) {
      return true;
    }
    try {
      return probe
          .capture(path)
          .entries()
          .limit(MAX_ENTRIES)
          .anyMatch(entry -> text(entry).contains(runName));
    } catch (IOException e) {
      return false; // it has disappeared
    }
  }

  /** The beginning of a file, or where a link leads. */
  private static String text(Entry entry) {
    try {
      return Files.isSymbolicLink(entry.path())
          ? Files.readSymbolicLink(entry.path()).toString()
          : entry.text(BEGINNING_BYTES).orElse("");
    } catch (IOException e) {
      return "";
    }
  }
}
