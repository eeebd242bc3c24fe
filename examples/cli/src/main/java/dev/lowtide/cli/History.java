package dev.lowtide.cli;

import com.google.common.base.Splitter;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Outcome;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.fs.JsonBounds;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.fs.PrivateFile;
import dev.lowtide.probe.Volume;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What each run of this user freed on this machine: a file with one line of JSON for each run, of
 * bounded size, which drops the oldest lines. It is for people and for the doctor: no decision
 * depends on it, and no run fails because it cannot be written.
 */
final class History {
  /** Two weeks of a timer that runs every five minutes. */
  static final int MAX_BYTES = 1 << 20;

  private static final int MAX_LINE = 16 * 1024;
  private static final int ATTEMPTS = 50;
  private static final int MILLIS_BETWEEN = 10;

  private final HostEnvironment host;
  private final Path file;

  History(HostEnvironment host) {
    this.host = host;
    file = host.stateHome().resolve("lowtide").resolve("history.jsonl");
  }

  /**
   * How full a file system was after a run.
   *
   * @param name the file system's name for people, by which later runs recognise it
   */
  record Level(String name, long freeBytes, long totalBytes) {}

  /**
   * A run.
   *
   * @param freed bytes by policy
   * @param levels the file systems that were cleaned; none if their space is freed later
   */
  record Run(Instant time, String command, Map<String, Long> freed, List<Level> levels) {
    long freedBytes() {
      return freed.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /**
   * The content of the file.
   *
   * @param runs in the order in which they ended
   * @param unreadable the number of lines that could not be read
   */
  record Content(List<Run> runs, int unreadable) {}

  Path file() {
    return file;
  }

  /**
   * Records a run that has just ended, unless the user has no home directory. A failure is only a
   * warning.
   */
  void add(
      String command, CleanupReport report, Collection<CleanupTarget> targets, Progress progress) {
    try {
      if (host.variable("XDG_STATE_HOME").isEmpty() && !Files.isDirectory(host.home())) {
        return; // it is not created for the history
      }
      append(line(command, report, targets));
    } catch (IOException | RuntimeException e) {
      progress.warn(
          "This run is not recorded in "
              + Printable.of(file)
              + ": "
              + Printable.of(String.valueOf(e.getMessage())));
    }
  }

  private static String line(
      String command, CleanupReport report, Collection<CleanupTarget> targets) {
    Map<String, Long> freed = new TreeMap<>();
    for (Outcome outcome : report.outcomes()) {
      long later =
          outcome instanceof Outcome.Removed removed
              ? removed.freedLater().map(BoundedSize::bytes).orElse(0L)
              : 0;
      long bytes = outcome.freedBytes() + later;
      if (bytes > 0) {
        freed.merge(outcome.item().policy(), bytes, Long::sum);
      }
    }
    JsonObject line = new JsonObject();
    Instant now = Clock.systemUTC().instant().truncatedTo(ChronoUnit.SECONDS);
    line.addProperty("time", now.toString());
    line.addProperty("command", command);
    JsonObject policies = new JsonObject();
    freed.forEach(policies::addProperty);
    line.add("freed", policies);
    line.add(
        "volumes",
        JsonParts.array(
            report.freedLater().isPresent() ? List.of() : levels(targets), History::level));
    return line.toString();
  }

  static JsonObject level(Level level) {
    JsonObject json = new JsonObject();
    json.addProperty("name", level.name());
    json.addProperty("freeBytes", level.freeBytes());
    json.addProperty("totalBytes", level.totalBytes());
    return json;
  }

  private static Collection<Level> levels(Collection<CleanupTarget> targets) {
    Map<String, Level> levels = new TreeMap<>();
    for (CleanupTarget target : targets) {
      if (target.kind() != CleanupTarget.Kind.STORE) { // only the store's tool knows where it is
        try {
          Volume volume = Volume.of(target.root());
          String name = volume + volume.quota().map(quota -> ", " + quota).orElse("");
          levels.put(name, new Level(name, volume.free().bytes(), volume.total().bytes()));
        } catch (IOException e) {
          // this file system does not report its free space
        }
      }
    }
    return levels.values();
  }

  /** Appends a line. One process at a time, so that no line is lost. */
  private void append(String line) throws IOException {
    Closeable lock = lock();
    try (lock) {
      List<String> lines = new ArrayList<>(lines());
      lines.removeIf(each -> each.length() > MAX_LINE);
      lines.add(line);
      int bytes = 0;
      int first = lines.size();
      while (first > 0) {
        bytes += lines.get(first - 1).getBytes(StandardCharsets.UTF_8).length + 1;
        if (bytes > MAX_BYTES) {
          break;
        }
        first--;
      }
      String text = String.join("\n", lines.subList(first, lines.size())) + "\n";
      PrivateFile.replace(file, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private Closeable lock() throws IOException {
    Path lock = file.resolveSibling("history.lock");
    for (int i = 0; i < ATTEMPTS; i++) {
      Optional<Closeable> taken = LockFile.take(lock);
      if (taken.isPresent()) {
        return taken.get();
      }
      try {
        Thread.sleep(MILLIS_BETWEEN);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
    }
    throw new IOException("another process holds " + lock);
  }

  private List<String> lines() throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    String text = ForeignFile.at(file).ofTrustedOwner().text(MAX_BYTES);
    return Splitter.on('\n').omitEmptyStrings().splitToList(text);
  }

  /**
   * Reads the file; empty if no run was recorded.
   *
   * @throws IOException if it is not a file of this user, or too large
   */
  Content read() throws IOException {
    List<Run> runs = new ArrayList<>();
    int unreadable = 0;
    for (String line : lines()) {
      Optional<Run> run = run(line);
      run.ifPresent(runs::add);
      unreadable += run.isPresent() ? 0 : 1;
    }
    return new Content(List.copyOf(runs), unreadable);
  }

  private static Optional<Run> run(String line) {
    try {
      JsonObject json =
          JsonParser.parseReader(JsonBounds.of(new StringReader(line)).json()).getAsJsonObject();
      Map<String, Long> freed = new TreeMap<>();
      json.getAsJsonObject("freed")
          .entrySet()
          .forEach(each -> freed.put(each.getKey(), bytes(each.getValue())));
      List<Level> levels = new ArrayList<>();
      for (JsonElement each : json.getAsJsonArray("volumes")) {
        JsonObject level = each.getAsJsonObject();
        levels.add(
            new Level(
                level.get("name").getAsString(),
                bytes(level.get("freeBytes")),
                bytes(level.get("totalBytes"))));
      }
      return Optional.of(
          new Run(
              Instant.parse(json.get("time").getAsString()),
              json.get("command").getAsString(),
              freed,
              List.copyOf(levels)));
    } catch (
        RuntimeException
            e) { // cut off, or of another program; Gson throws many kinds of exceptions
      return Optional.empty();
    }
  }

  private static long bytes(JsonElement number) {
    long bytes = number.getAsLong();
    if (bytes < 0) {
      throw new NumberFormatException("negative");
    }
    return bytes;
  }
}
