package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.FileKind;
import dev.lowtide.fs.OpenFiles;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Keeps what a process is using. Also keeps what a process that cannot be inspected may be using,
 * except in this user's own workspaces and in directories that Lowtide made.
 */
public final class InUseGuard implements Guard {
  /**
   * The maximum age of a process scan by which an item is judged. A scan takes a fraction of a
   * second, and many seconds on a busy machine, so items share scans. A use that begins later is
   * found by the scan that begins after the item was moved to the quarantine.
   */
  private static final Duration MAX_AGE = Duration.ofSeconds(5);

  private final List<CleanupTarget> targets;
  private final boolean assumeIdle;
  private final int user = Stat.currentUser();
  private final OpenFiles.Latest latestScan = new OpenFiles.Latest(MAX_AGE);

  private final Recent<Path, Integer> ownerOf = new Recent<>(root -> Stat.of(root).owner());

  /**
   * @param targets all targets that are cleaned together
   * @param assumeIdle whether processes that cannot be inspected count as idle
   */
  public InUseGuard(Collection<CleanupTarget> targets, boolean assumeIdle) {
    this.targets = List.copyOf(targets);
    this.assumeIdle = assumeIdle;
  }

  @Override
  public String id() {
    return "in-use";
  }

  /** Begins a process scan, since a candidate will be judged soon. */
  void begin() {
    latestScan.begin();
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException {
    return GracePeriodGuard.isCleanedByItsTool(target, candidate)
            || !candidate.path().getFileSystem().equals(FileSystems.getDefault())
        ? Optional.empty()
        : objection(latestScan.get(), target, candidate, subtree);
  }

  /**
   * Why a tree must be kept, according to one process scan; empty if nothing uses it.
   *
   * @param subtree the tree where it is now, which may differ from the candidate's path
   * @throws IOException if permissions cannot be read
   */
  public Optional<String> objection(
      OpenFiles open, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException {
    Path path = candidate.path();
    Optional<String> objection = useObjection(open, path, subtree);
    return objection.isEmpty() && !assumeIdle && !isOnlyOfOwnBuilds(target, candidate)
        ? unseenUseObjection(open, path, subtree.path())
        : objection;
  }

  private static Optional<String> useObjection(OpenFiles open, Path path, Entry subtree) {
    long device = subtree.identity().device();
    return open.useAtOrBelow(subtree.path())
        .or(() -> open.useAtOrBelow(path))
        .or(
            () ->
                subtree
                    .entries()
                    .filter(entry -> entry.kind() != FileKind.MOUNT)
                    .map(entry -> open.useOf(device, entry.inode()))
                    .filter(Optional::isPresent)
                    .findFirst()
                    .flatMap(Function.identity()))
        .map(use -> use + "; wait until that has ended");
  }

  private Optional<String> unseenUseObjection(OpenFiles open, Path path, Path presentPath)
      throws IOException {
    boolean shared = strictestKind(path) == CleanupTarget.Kind.TEMPORARY;
    return open.findPossibleHiddenUse(path, presentPath, shared)
        .map(process -> "unknown: " + process + "; if no process uses it, add --assume-idle");
  }

  /**
   * Whether only this user's builds work there, so that processes that cannot be inspected are
   * ignored.
   */
  private boolean isOnlyOfOwnBuilds(CleanupTarget target, Candidate candidate) throws IOException {
    return Marker.OWNED.isRequiredBy(candidate)
        || (strictestKind(candidate.path()) == CleanupTarget.Kind.WORKSPACE
            && ownerOf.get(target.root()) == user);
  }

  /**
   * The most carefully kept kind of the targets that contain a path: what is in a cache in a
   * workspace is kept as in a cache.
   */
  private CleanupTarget.Kind strictestKind(Path path) {
    return targets.stream()
        .filter(target -> path.startsWith(target.root()))
        .map(CleanupTarget::kind)
        .max(Comparator.naturalOrder())
        .orElse(CleanupTarget.Kind.TEMPORARY);
  }
}
