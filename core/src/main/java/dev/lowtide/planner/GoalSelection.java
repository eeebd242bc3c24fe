package dev.lowtide.planner;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import dev.lowtide.probe.Volume;
import java.io.IOException;
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
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Selects from the candidates as much as a {@link SpaceGoal} needs: cheapest to rebuild first, then
 * least recently used. It stops as soon as the goal is met, so it exceeds the goal at most by the
 * last item and the items that must be removed before it. An instance is for one plan and one
 * thread.
 */
final class GoalSelection {
  private static final Comparator<Choice> CHEAPEST_FIRST =
      Comparator.comparing((Choice choice) -> choice.candidate().cost())
          .thenComparing(Choice::candidate, Candidate.LEAST_RECENTLY_USED_FIRST);

  private final SpaceGoal goal;
  private final List<Choice> cheapestFirst;
  private final Map<CleanupTarget, Long> sizes;
  private final Map<Path, Choice> byPath = new HashMap<>();
  private final Map<CleanupTarget, @Nullable Volume> volumes = new HashMap<>();

  /** The choices that would free almost nothing, because other names of their files are kept. */
  private final Set<Choice> freeingNothing = new HashSet<>();

  private Reclaimable selectedSpace = Reclaimable.queryingFileSystem();
  private Set<Choice> chosen = new LinkedHashSet<>();
  private Map<Choice, String> notSelected = new LinkedHashMap<>();
  private Set<Path> reserved = new HashSet<>();
  private Map<Volume, Missing> missing = new LinkedHashMap<>();
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
      return candidate.removableParts().stream()
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

  /** What a file system still needs to meet the goal; not positive if it needs nothing. */
  static final class Missing {
    private long bytes;
    private long inodes;

    private Missing(SpaceGoal goal, Volume volume) {
      bytes = Math.max(0, goal.missingBytes(volume));
      inodes = Math.max(0, goal.missingInodes(volume));
    }

    private void free(long freedBytes, long freedInodes) {
      bytes -= freedBytes;
      inodes -= freedInodes;
    }

    long bytes() {
      return bytes;
    }

    long inodes() {
      return inodes;
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

  GoalSelection select() {
    int knownCount;
    do {
      knownCount = freeingNothing.size();
      reset();
      cheapestFirst.forEach(this::consider);
      for (Choice choice : chosen) {
        if (choice.candidate().deletes() && selectedSpace.isMostlyPinned(choice.subtree())) {
          freeingNothing.add(choice);
        }
      }
    } while (freeingNothing.size() > knownCount);
    return this;
  }

  private void reset() {
    selectedSpace = Reclaimable.queryingFileSystem();
    chosen = new LinkedHashSet<>();
    notSelected = new LinkedHashMap<>();
    reserved = new HashSet<>();
    missing = new LinkedHashMap<>();
    for (Volume volume : volumes.values()) {
      if (volume != null) {
        missing.put(volume, new Missing(goal, volume));
      }
    }
    remaining = new HashMap<>(sizes);
    overTotal = goal.maxTotal().map(limit -> Math.max(0, total() - limit.bytes())).orElse(0L);
  }

  /** The size of all targets before the removal. */
  long total() {
    Map<Path, Long> byRoot = new LinkedHashMap<>();
    sizes.forEach((target, size) -> byRoot.put(target.root(), size));
    return GoalText.total(byRoot);
  }

  private void consider(Choice choice) {
    if (freeingNothing.contains(choice)) {
      notSelected.put(
          choice,
          "it would free next to nothing: its files also have names elsewhere, which are kept");
    } else if (chosen.contains(choice)) {
      return;
    } else if (!isNeeded(choice)) {
      notSelected.put(
          choice,
          missingFor(choice).filter(shortage -> shortage.inodes > 0).isPresent()
              ? "only inodes are short, and its tool does not report how many it would free"
              : "the goal is met without it");
    } else if (isReserved(choice) || reserved.contains(choice.whole().path())) {
      // Its tool removes this part before the later ones, so they are kept too
      reserved.add(choice.whole().path());
      notSelected.put(
          choice,
          "the target keeps at least " + goal.reserved(choice.target().id()) + " in any case");
    } else {
      choose(choice);
    }
  }

  private boolean isNeeded(Choice choice) {
    return overTotal > 0
        || missingFor(choice)
            .filter(shortage -> shortage.bytes > 0 || (shortage.inodes > 0 && choice.inodes() > 0))
            .isPresent();
  }

  /** What the file system of a choice lacks; nothing if it does not report its free space. */
  private Optional<Missing> missingFor(Choice choice) {
    return Optional.ofNullable(volumes.get(choice.target())).map(missing::get);
  }

  private boolean isReserved(Choice choice) {
    long floor = goal.reserved(choice.target().id()).bytes();
    long after = remaining.getOrDefault(choice.target(), 0L) - choice.bytes();
    return floor > 0 && after < floor;
  }

  /** Selects a choice together with everything that must be removed before it. */
  private void choose(Choice choice) {
    for (Path first : choice.whole().after()) {
      Choice before = byPath.get(first);
      if (before != null && !chosen.contains(before)) {
        choose(before);
      }
    }
    notSelected.remove(choice);
    chosen.add(choice);
    long bytes = freed(choice);
    missingFor(choice).ifPresent(shortage -> shortage.free(bytes, choice.inodes()));
    overTotal -= bytes;
    remaining.merge(choice.target(), -choice.bytes(), Long::sum);
  }

  private long freed(Choice choice) {
    if (choice.candidate().deletes()) {
      return selectedSpace.remove(choice.subtree()).bytes();
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
            choices -> {
              Candidate whole = choices.get(0).whole();
              return whole.parts().isEmpty()
                  ? whole
                  : whole.withParts(choices.stream().map(Choice::candidate).toList());
            })
        .toList();
  }

  /** What is not selected, with the reasons. */
  Map<Choice, String> notSelected() {
    return notSelected;
  }

  /** Whether every goal will be met when everything selected has been removed. */
  boolean isMet() {
    return overTotal <= 0
        && missing.values().stream()
            .allMatch(shortage -> shortage.bytes <= 0 && shortage.inodes <= 0);
  }

  /** What each file system will lack when everything selected has been removed. */
  Map<Volume, Missing> missing() {
    return missing;
  }

  /** By how much the targets will exceed the total when everything selected has been removed. */
  long overTotal() {
    return overTotal;
  }
}
