package dev.lowtide.policies.python;

import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The cache of pip 20 to 26: {@code http}, until 23.2, and {@code http-v2} with responses, {@code
 * wheels} with what was built from sources, {@code selfcheck}. Without limits whole directories go;
 * where something is to be kept, single responses and the wheels of single sources, so that the
 * oldest can.
 *
 * <p>pip takes no locks, replaces files atomically and passes over what it cannot write ({@code
 * pip/_internal/network/cache.py}), so an entry may go at any time. That is why pip itself is not
 * asked to: {@code pip cache purge} knows neither age nor size, and {@code pip cache remove} no
 * responses.
 */
final class PipCache {
  static final RebuildCost HTTP_COST = RebuildCost.DOWNLOAD;
  static final RebuildCost WHEELS_COST = RebuildCost.COMPUTE;

  private static final String WHEELS = "wheels";
  private static final String BODY = ".body";
  private static final String RESPONSES = "responses that pip downloads again when it needs them";
  private static final Map<String, String> HTTP =
      Map.of(
          "http",
          RESPONSES,
          "http-v2",
          RESPONSES,
          "selfcheck",
          "notes of pip about its own latest version");

  /** They say what the directory is, and mean nothing without it. */
  private static final Set<String> SIGNS = Set.of("CACHEDIR.TAG", ".gitignore");

  private PipCache() {}

  /** What pip downloaded; and what is in its cache and not its own stays. */
  static List<Candidate> http(Snapshot snapshot, PolicyContext context) {
    List<Candidate> candidates = new ArrayList<>();
    for (Entry child : snapshot.root().children()) {
      String reason = child.isDirectory() ? HTTP.get(child.name()) : null;
      if (reason == null) {
        if (!SIGNS.contains(child.name()) && !isWheels(child)) {
          candidates.add(
              candidate(child, HTTP_COST, "something in pip's cache").withheld("it is not pip's"));
        }
      } else if (context.retention().isNone()) {
        candidates.add(candidate(child, HTTP_COST, reason));
      } else {
        addResponses(child, true, reason, candidates);
      }
    }
    return candidates;
  }

  /** What pip built. */
  static List<Candidate> wheels(Snapshot snapshot, PolicyContext context) {
    String reason = "wheels that pip builds again from their sources when it needs them";
    return snapshot.root().children().stream()
        .filter(PipCache::isWheels)
        .flatMap(
            wheels ->
                context.retention().isNone()
                    ? Stream.of(wheels)
                    : wheels.entries().skip(1).filter(PipCache::isOfOneSource))
        .map(entry -> candidate(entry, WHEELS_COST, reason))
        .toList();
  }

  private static boolean isWheels(Entry child) {
    return child.isDirectory() && child.name().equals(WHEELS);
  }

  /** A directory with the wheels of one source, and a note where it came from. */
  private static boolean isOfOneSource(Entry entry) {
    return entry.isDirectory()
        && entry.children().stream()
            .anyMatch(file -> file.isFile() && file.name().endsWith(".whl"));
  }

  private static Candidate candidate(Entry entry, RebuildCost cost, String reason) {
    return Candidate.delete(entry, Cause.REGENERABLE, cost, reason);
  }

  /**
   * A response is a file with its headers and one with its body, which were used when the later one
   * was. pip gives nearly each of them a directory of its own, five levels down, which goes as a
   * whole; from one that several share, files go.
   */
  private static void addResponses(
      Entry directory, boolean top, String reason, List<Candidate> candidates) {
    List<Entry> files = new ArrayList<>();
    boolean alone = !top;
    for (Entry child : directory.children()) {
      if (child.isDirectory()) {
        alone = false;
        addResponses(child, false, reason, candidates);
      } else {
        files.add(child);
      }
    }
    Map<String, Instant> lastUsed = new HashMap<>();
    for (Entry file : files) {
      lastUsed.merge(response(file), file.lastModified(), (a, b) -> a.isAfter(b) ? a : b);
    }
    if (alone && lastUsed.size() == 1) {
      Instant time = lastUsed.values().iterator().next();
      candidates.add(candidate(directory, HTTP_COST, reason).datedByModification(time));
      return;
    }
    for (Entry file : files) {
      Instant time = lastUsed.getOrDefault(response(file), file.lastModified());
      candidates.add(candidate(file, HTTP_COST, reason).datedByModification(time));
    }
  }

  /** The name of an entry is the hash of its address. */
  private static String response(Entry file) {
    String name = file.name();
    return name.endsWith(BODY) ? name.substring(0, name.length() - BODY.length()) : name;
  }
}
