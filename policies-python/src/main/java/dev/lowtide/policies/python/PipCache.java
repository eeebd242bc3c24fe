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
 * The cache of pip 23 to 26: {@code http} and {@code http-v2} with responses, {@code wheels} with
 * what was built from sources, {@code selfcheck}. Without limits whole directories go; where
 * something is to be kept, single entries, so that the oldest can.
 *
 * <p>pip takes no locks and replaces files atomically, so an entry may go at any time.
 */
final class PipCache {
  static final RebuildCost COST = RebuildCost.DOWNLOAD;

  private static final String WHEELS = "wheels";
  private static final String BODY = ".body";
  private static final Map<String, String> OURS =
      Map.of(
          "http",
          "responses that pip downloads again when it needs them",
          "http-v2",
          "responses that pip downloads again when it needs them",
          WHEELS,
          "wheels that pip builds again from their sources when it needs them",
          "selfcheck",
          "notes of pip about its own latest version");

  /** They say what the directory is, and mean nothing without it. */
  private static final Set<String> SIGNS = Set.of("CACHEDIR.TAG", ".gitignore");

  private PipCache() {}

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    List<Candidate> candidates = new ArrayList<>();
    for (Entry child : snapshot.root().children()) {
      String reason = child.isDirectory() ? OURS.get(child.name()) : null;
      if (reason == null) {
        if (!SIGNS.contains(child.name())) {
          candidates.add(candidate(child, "something in pip's cache").withheld("it is not pip's"));
        }
      } else if (context.retention().isNone()) {
        candidates.add(candidate(child, reason));
      } else if (child.name().equals(WHEELS)) {
        wheels(child).forEach(entry -> candidates.add(candidate(entry, reason)));
      } else {
        addFiles(child, reason, candidates);
      }
    }
    return candidates;
  }

  private static Candidate candidate(Entry entry, String reason) {
    boolean built = reason.equals(OURS.get(WHEELS));
    return Candidate.delete(entry, Cause.REGENERABLE, built ? RebuildCost.COMPUTE : COST, reason);
  }

  /** The directories with the wheels of one source, and a note where it came from. */
  private static Stream<Entry> wheels(Entry directory) {
    return directory
        .entries()
        .skip(1)
        .filter(Entry::isDirectory)
        .filter(
            entry ->
                entry.children().stream()
                    .anyMatch(file -> file.isFile() && file.name().endsWith(".whl")));
  }

  /**
   * A response is a file with its headers, and one with its body, which are as old as the newer.
   */
  private static void addFiles(Entry directory, String reason, List<Candidate> candidates) {
    List<Entry> files = directory.entries().filter(Entry::isFile).toList();
    Map<String, Instant> lastUsed = new HashMap<>();
    for (Entry file : files) {
      lastUsed.merge(response(file), file.lastModified(), (a, b) -> a.isAfter(b) ? a : b);
    }
    for (Entry file : files) {
      candidates.add(
          candidate(file, reason)
              .lastUsedAt(lastUsed.getOrDefault(response(file), file.lastModified())));
    }
  }

  /** The name of an entry is the hash of its address, so it is the same in no other directory. */
  private static String response(Entry file) {
    String name = file.name();
    return name.endsWith(BODY) ? name.substring(0, name.length() - BODY.length()) : name;
  }
}
