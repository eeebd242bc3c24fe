package dev.lowtide.policy;

import com.google.common.base.Splitter;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which process made a directory for itself, as written in its {@link Marker#OWNED} file: what is
 * left when that process is gone may be removed by anybody who finds it.
 *
 * @param pid the process id, in its own name space
 * @param started when the process was started, which tells it from a later one with the same id
 * @param processes the name space of process ids, or {@code unknown}
 */
public record Ownership(long pid, Instant started, String processes) {
  private static final int MOST_TEXT = 4096;

  /** proc(5): a link such as {@code pid:[4026531836]}, different in each container. */
  private static final Path PID_NAMESPACE = Path.of("/proc/self/ns/pid");

  /** Clock ticks and rounding make the same start look different by less than this. */
  private static final Duration SAME_START = Duration.ofSeconds(2);

  /** This process. */
  public static Ownership current() {
    ProcessHandle self = ProcessHandle.current();
    return new Ownership(self.pid(), started(self), processNamespace());
  }

  private static Instant started(ProcessHandle process) {
    return process.info().startInstant().orElse(Instant.EPOCH);
  }

  private static String processNamespace() {
    try {
      return Files.readSymbolicLink(PID_NAMESPACE).toString();
    } catch (IOException | UnsupportedOperationException e) {
      return "unknown";
    }
  }

  /**
   * The owner of a directory; empty if it bears no marker of ours, or one that cannot be
   * understood.
   */
  public static Optional<Ownership> of(Entry directory) {
    if (!Marker.OWNED.isIn(directory)) {
      return Optional.empty();
    }
    return directory
        .child(Marker.OWNED.fileName())
        .flatMap(file -> file.text(MOST_TEXT))
        .flatMap(Ownership::parse);
  }

  private static Optional<Ownership> parse(String text) {
    Map<String, String> values = new HashMap<>();
    for (String line : Splitter.on('\n').split(text)) {
      List<String> parts = Splitter.on('=').limit(2).splitToList(line);
      if (parts.size() == 2) {
        values.put(parts.get(0), parts.get(1));
      }
    }
    try {
      return Optional.of(
          new Ownership(
              Long.parseLong(values.getOrDefault("pid", "")),
              Instant.parse(values.getOrDefault("started", "")),
              values.getOrDefault("processes", "unknown")));
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  /** What stands in the marker. */
  public String markerText() {
    return Marker.OWNED.beginning()
        + "# Lowtide made this directory for one run and removes it with everything in it.\n"
        + "pid="
        + pid
        + "\n"
        + "started="
        + started
        + "\n"
        + "processes="
        + processes
        + "\n";
  }

  /** Whether the owner is known to be gone. In another container nothing is known. */
  public boolean isGone() {
    if (!processes.equals(processNamespace())) {
      return false;
    }
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(
            process -> Duration.between(started(process), started).abs().compareTo(SAME_START) < 0)
        .isEmpty();
  }
}
