package dev.lowtide.policies.rust;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement.Stopped;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The cache of sccache 0.4 to 0.17 on a local disk: {@code a/b/ab…} for each result, {@code
 * preprocessor/a/b/c/abc…} for preprocessor results.
 *
 * <p>With limits, single entries are removed, the least recently used first: sccache sets an
 * entry's modification time on each use, and a running server treats a missing entry as a cache
 * miss. Without limits, whole directories are removed. A running server would then silently stop
 * caching, so it is stopped before and started again after.
 */
final class SccacheCache {
  private static final String TARGET = "sccache";
  static final String EXECUTABLE = "sccache";
  private static final RebuildCost COST = RebuildCost.COMPUTE;

  /**
   * The server of sccache 0.4 and 0.17. The client sets the first variables for the server that it
   * starts.
   */
  static final Stopped SERVER =
      new Stopped(
          List.of(EXECUTABLE, "--stop-server"),
          List.of(EXECUTABLE, "--start-server"),
          Set.of("SCCACHE_START_SERVER", "SCCACHE_STARTUP_NOTIFY"),
          Set.of("SCCACHE_SERVER_PORT", "SCCACHE_SERVER_UDS"));

  private static final List<CommandShape> COMMANDS =
      List.of(
          CommandShape.of(EXECUTABLE, "--stop-server"),
          CommandShape.of(EXECUTABLE, "--start-server"));

  static final Policy POLICY =
      Policy.of(
          "rust.sccache",
          "compiler results cached by sccache",
          COST,
          target -> target.kind() == CleanupTarget.Kind.CACHE && target.id().equals(TARGET),
          SccacheCache::propose,
          COMMANDS);

  /**
   * A BLAKE3 in hexadecimal digits; a SHA-512 until 0.2.14. The length matters: the names of pip's
   * responses have 56 digits, and some lie in directories as an entry would.
   */
  private static final Pattern ENTRY =
      Pattern.compile(
          "([0-9a-f])/([0-9a-f])/\\1\\2[0-9a-f]{62}([0-9a-f]{64})?"
              + "|preprocessor/([0-9a-f])/([0-9a-f])/([0-9a-f])/\\4\\5\\6[0-9a-f]{61}");

  private static final Pattern DIRECTORY =
      Pattern.compile("[0-9a-f](/[0-9a-f])?|preprocessor(/[0-9a-f]){0,3}");

  private static final Pattern TEMPORARY = Pattern.compile("(.*/)?\\.sccachetmp[^/]*");
  private static final Set<String> SIGNS = Set.of("CACHEDIR.TAG");

  private SccacheCache() {}

  static CleanupTarget target(HostEnvironment host) {
    return CleanupTarget.cache(TARGET, SccacheSetup.of(host).directory());
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    List<Candidate> candidates = new ArrayList<>();
    for (Entry child : snapshot.root().children()) {
      if (!context.proposesSingly() && child.isDirectory() && isDirectory(child)) {
        clear(child, candidates);
      } else if (!SIGNS.contains(child.name())) {
        trim(child, candidates);
      }
    }
    return candidates;
  }

  /** Whether a directory contains a result at a place of sccache. */
  static boolean isSccacheCache(Entry directory) {
    for (Entry first : directory.children()) {
      if (first.isDirectory() && first.name().length() == 1) {
        for (Entry second : first.children()) {
          String way = first.name() + "/" + second.name() + "/";
          if (second.isDirectory()
              && second.name().length() == 1
              && second.children().stream()
                  .anyMatch(file -> ENTRY.matcher(way + file.name()).matches())) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static void clear(Entry directory, List<Candidate> candidates) {
    Optional<Entry> foreign =
        directory.entries().filter(entry -> !isDirectory(entry) && !isOfSccache(entry)).findFirst();
    // Empty directories with a name of one letter may belong to anyone
    if (foreign.isPresent() || directory.entries().noneMatch(SccacheCache::isOfSccache)) {
      trim(directory, candidates);
      return;
    }
    String reason = "compiler results; sccache makes them again";
    candidates.add(Candidate.delete(directory, Cause.REGENERABLE, COST, reason).requiring(SERVER));
  }

  private static void trim(Entry entry, List<Candidate> candidates) {
    if (isOfSccache(entry)) {
      boolean temporary = TEMPORARY.matcher(relative(entry)).matches();
      Candidate candidate =
          Candidate.delete(
              entry,
              temporary ? Cause.ORPHANED : Cause.REGENERABLE,
              temporary ? RebuildCost.TRIVIAL : COST,
              temporary
                  ? "an incomplete file of a killed sccache"
                  : "a compiler result; sccache makes it again");
      candidates.add(temporary ? candidate : candidate.datedByModification(entry.lastModified()));
    } else if (isDirectory(entry)) {
      entry.children().forEach(child -> trim(child, candidates));
    } else {
      candidates.add(
          Candidate.delete(entry, Cause.REGENERABLE, COST, "an entry in sccache's directory")
              .withheld("it is not from sccache, which may still remove it; move it elsewhere"));
    }
  }

  private static boolean isDirectory(Entry entry) {
    return entry.isDirectory() && DIRECTORY.matcher(relative(entry)).matches();
  }

  private static boolean isOfSccache(Entry entry) {
    String path = relative(entry);
    return entry.isFile() && (ENTRY.matcher(path).matches() || TEMPORARY.matcher(path).matches());
  }

  private static String relative(Entry entry) {
    Path path = entry.relativePath();
    return path.toString().replace(path.getFileSystem().getSeparator(), "/");
  }
}
