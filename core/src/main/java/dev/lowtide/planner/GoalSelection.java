package dev.lowtide.planner;

import static java.util.Objects.requireNonNull;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.guard.QuarantineGuard;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.probe.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Selects from the candidates as much as a {@link SpaceGoal} needs: cheapest to rebuild first, then
 * least recently used. It stops as soon as the goal is met, so it exceeds the goal at most by the
 * last item and the items that must be removed before it. An instance is for one plan and one
 * thread.
 */
public final class GoalSelection {
  private static final Comparator<Choice> CHEAPEST_FIRST =
      Comparator.comparing((Choice choice) -> choice.candidate().cost())
          .thenComparing(choice -> choice.candidate().lastUsed())
          .thenComparing(choice -> choice.candidate().path());

  private final SpaceGoal goal;
  private final List<Choice> cheapestFirst;
  private final Map<CleanupTarget, Long> sizes;
  private final Map<Path, Choice> byPath = new HashMap<>();
  private final Map<CleanupTarget, @Nullable Volume> volumes = new HashMap<>();

  /** The choices that would free almost nothing, because other names of their files are kept. */
  private final Set<Choice> useless = new HashSet<>();

  private Reclaimable gone = Reclaimable.asking();
  private Set<Choice> chosen = new LinkedHashSet<>();
  private Map<Choice, String> left = new LinkedHashMap<>();
  private Set<Path> reserved = new HashSet<>();
  private Map<Volume, long[]> missing = new LinkedHashMap<>();
  private Map<CleanupTarget, Long> remaining = new HashMap<>();
  private long overTotal;

  /**
   * Something that may be removed.
   *
   * @param whole the candidate itself, or the candidate of which it is a part
   */
  record Choice(CleanupTarget target, Candidate candidate, Entry subtree, Candidate whole) {

    /** The choices of a candidate: one for each of its parts, or the candidate itself. */
    static List<Choice> all(CleanupTarget target, Candidate candidate, Entry subtree) {
      return candidate.pieces().stream()
          .map(piece -> new Choice(target, piece, subtree, candidate))
          .toList();
    }

    /** The bytes by which its removal shrinks the target. */
    long bytes() {
      return candidate.estimatedBytes().orElseGet(() -> subtree.usage().allocatedBytes());
    }

    /** The number of inodes that its removal frees; 0 for what only its tool can count. */
    long inodes() {
      return candidate.estimatedBytes().isPresent()
          ? 0
          : subtree.usage().files() + subtree.usage().directories();
    }
  }

  /**
   * @param allowed what may be removed; disjoint
   * @param sizes the size of each target
   */
  GoalSelection(SpaceGoal goal, Collection<Choice> allowed, Map<CleanupTarget, Long> sizes) {
    this.goal = goal;
    this.sizes = sizes;
    cheapestFirst = allowed.stream().sorted(CHEAPEST_FIRST).toList();
    cheapestFirst.forEach(choice -> byPath.put(choice.candidate().path(), choice));
    for (CleanupTarget target : sizes.keySet()) {
      volumes.put(target, volume(target));
    }
  }

  private static @Nullable Volume volume(CleanupTarget target) {
    try {
      return Volume.of(target.root());
    } catch (IOException e) {
      return null; // it does not report its free space, so a goal cannot be checked there
    }
  }

  /** Makes the selection. */
  GoalSelection select() {
    int known;
    do {
      known = useless.size();
      start();
      cheapestFirst.forEach(this::consider);
      for (Choice choice : chosen) {
        if (choice.candidate().deletes() && gone.isMostlyPinned(choice.subtree())) {
          useless.add(choice);
        }
      }
    } while (useless.size() > known);
    return this;
  }

  private void start() {
    gone = Reclaimable.asking();
    chosen = new LinkedHashSet<>();
    left = new LinkedHashMap<>();
    reserved = new HashSet<>();
    missing = new LinkedHashMap<>();
    for (Volume volume : volumes.values()) {
      if (volume != null) {
        missing.put(volume, new long[] {goal.missingBytes(volume), goal.missingInodes(volume)});
      }
    }
    remaining = new HashMap<>(sizes);
    overTotal = goal.maxTotal().map(limit -> total() - limit.bytes()).orElse(Long.MIN_VALUE);
  }

  private long total() {
    Map<Path, Long> byRoot = new LinkedHashMap<>();
    sizes.forEach((target, size) -> byRoot.put(target.root(), size));
    return total(byRoot);
  }

  /**
   * The size of all directories together; one that is inside another counts only as part of that.
   */
  static long total(Map<Path, Long> sizes) {
    long total = 0;
    for (Map.Entry<Path, Long> each : sizes.entrySet()) {
      Path root = each.getKey();
      boolean isInside =
          sizes.keySet().stream().anyMatch(other -> !other.equals(root) && root.startsWith(other));
      total += isInside ? 0 : each.getValue();
    }
    return total;
  }

  /** The size of a directory, without what is kept in it for an undo. */
  static long bytes(Snapshot snapshot) {
    long quarantined =
        snapshot
            .entries()
            .filter(QuarantineGuard::isQuarantine)
            .mapToLong(quarantine -> quarantine.usage().allocatedBytes())
            .sum();
    return snapshot.usage().allocatedBytes() - quarantined;
  }

  private void consider(Choice choice) {
    if (useless.contains(choice)) {
      left.put(choice, "it would free next to nothing: its files have other names, which stay");
    } else if (chosen.contains(choice)) {
      return;
    } else if (!isNeeded(choice)) {
      left.put(
          choice,
          missing(choice)[1] > 0
              ? "only inodes are missing, and how many its tool would free is not known"
              : "the goal is met without it");
    } else if (isReserved(choice) || reserved.contains(choice.whole().path())) {
      reserved.add(
          choice
              .whole()
              .path()); // its tool removes this part before the later ones, so they are kept too
      left.put(
          choice,
          "the target keeps at least " + goal.reserved(choice.target().id()) + " in any case");
    } else {
      take(choice);
    }
  }

  private boolean isNeeded(Choice choice) {
    long[] here = missing(choice);
    return overTotal > 0 || here[0] > 0 || (here[1] > 0 && choice.inodes() > 0);
  }

  private long[] missing(Choice choice) {
    Volume volume = volumes.get(choice.target());
    return volume == null
        ? new long[] {Long.MIN_VALUE, Long.MIN_VALUE}
        : requireNonNull(missing.get(volume));
  }

  private boolean isReserved(Choice choice) {
    long floor = goal.reserved(choice.target().id()).bytes();
    long after = remaining.getOrDefault(choice.target(), 0L) - choice.bytes();
    return floor > 0 && after < floor;
  }

  /** Selects a choice together with everything that must be removed before it. */
  private void take(Choice choice) {
    for (Path first : choice.whole().after()) {
      Choice before = byPath.get(first);
      if (before != null && !chosen.contains(before)) {
        take(before);
      }
    }
    left.remove(choice);
    chosen.add(choice);
    long bytes = freed(choice);
    long[] here = missing(choice);
    here[0] = minus(here[0], bytes);
    here[1] = minus(here[1], choice.inodes());
    overTotal = minus(overTotal, bytes);
    remaining.merge(choice.target(), -choice.bytes(), Long::sum);
  }

  /** What is still missing, at least; {@link Long#MIN_VALUE} means that there is no goal. */
  private static long minus(long missing, long freed) {
    return missing == Long.MIN_VALUE ? missing : missing - freed;
  }

  private long freed(Choice choice) {
    if (choice.candidate().deletes()) {
      return gone.remove(choice.subtree()).bytes();
    }
    return choice.candidate().estimatedBytes().orElse(0);
  }

  /**
   * The selected candidates, in the order of selection; a candidate with parts comes at the
   * position of its first selected part.
   */
  List<Candidate> chosen() {
    Map<Path, List<Choice>> byWhole = new LinkedHashMap<>();
    for (Choice choice : chosen) {
      byWhole.computeIfAbsent(choice.whole().path(), path -> new ArrayList<>()).add(choice);
    }
    return byWhole.values().stream()
        .map(
            some -> {
              Candidate whole = some.get(0).whole();
              return whole.parts().isEmpty()
                  ? whole
                  : whole.only(some.stream().map(Choice::candidate).toList());
            })
        .toList();
  }

  /** What is not selected, with the reasons. */
  Map<Choice, String> left() {
    return left;
  }

  /** Whether every goal will be met when everything selected has been removed. */
  boolean isMet() {
    return overTotal <= 0
        && missing.values().stream().allMatch(here -> here[0] <= 0 && here[1] <= 0);
  }

  /**
   * The free space now and after the removal: one line for each file system, and one for the total.
   */
  List<String> explain() {
    List<String> lines = new ArrayList<>();
    missing.forEach(
        (volume, here) -> {
          long before = goal.missingBytes(volume);
          if (before != Long.MIN_VALUE) {
            lines.add(
                volume.free()
                    + " are free on "
                    + volume
                    + ", the goal is "
                    + new ByteSize(volume.free().bytes() + before)
                    + verdict(before, here[0], "without removing anything"));
          }
          long inodes = goal.missingInodes(volume);
          if (inodes != Long.MIN_VALUE) {
            lines.add(
                volume.inodes().get().free()
                    + " inodes are free on "
                    + volume
                    + ", the goal is "
                    + (volume.inodes().get().free() + inodes)
                    + (here[1] <= 0 ? "" : ": " + here[1] + " will be missing"));
          }
        });
    goal.maxTotal()
        .ifPresent(
            limit ->
                lines.add(
                    "the targets hold "
                        + new ByteSize(total())
                        + ", the goal is at most "
                        + limit
                        + verdict(total() - limit.bytes(), overTotal, "already")));
    return lines;
  }

  /**
   * How far the goal is from being met now: one line for each file system that is short of space,
   * and one for the total.
   */
  public static List<String> shortfalls(
      SpaceGoal goal, Collection<CleanupTarget> targets, SizeProbe probe) throws IOException {
    List<String> lines = new ArrayList<>();
    if (goal.isNone()) {
      return lines;
    }
    Map<Path, Long> sizes = new LinkedHashMap<>();
    Set<Volume> volumes = new LinkedHashSet<>();
    for (CleanupTarget target : targets) {
      if (target.kind() != CleanupTarget.Kind.STORE) {
        volumes.add(Volume.of(target.root()));
        boolean isMeasured =
            goal.maxTotal().isPresent() && Files.exists(target.root(), LinkOption.NOFOLLOW_LINKS);
        sizes.put(target.root(), isMeasured ? bytes(probe.capture(target.root())) : 0L);
      }
    }
    volumes.forEach(volume -> addShortfalls(goal, volume, lines));
    goal.maxTotal()
        .ifPresent(
            limit -> {
              long over = total(sizes) - limit.bytes();
              if (over > 0) {
                lines.add("the targets hold " + new ByteSize(over) + " more than " + limit);
              }
            });
    return lines;
  }

  private static void addShortfalls(SpaceGoal goal, Volume volume, List<String> lines) {
    long bytes = goal.missingBytes(volume);
    if (bytes > 0) {
      lines.add(
          volume.free()
              + " are free on "
              + volume
              + ", "
              + new ByteSize(bytes)
              + " less than the goal");
    }
    if (goal.countsInodes() && volume.inodes().isEmpty()) {
      lines.add(
          "how many inodes are free on "
              + volume
              + " is not known: that takes Linux and a JDK 22 or newer");
    }
    long inodes = goal.missingInodes(volume);
    if (inodes > 0) {
      lines.add(
          volume.inodes().get().free()
              + " inodes are free on "
              + volume
              + ", "
              + inodes
              + " less than the goal");
    }
  }

  private static String verdict(long before, long after, String already) {
    if (before <= 0) {
      return ": met " + already;
    }
    return after <= 0 ? ": this plan meets it" : ": " + new ByteSize(after) + " will be missing";
  }
}
