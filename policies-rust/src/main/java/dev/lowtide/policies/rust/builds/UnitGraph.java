package dev.lowtide.policies.rust.builds;

import static java.util.stream.Collectors.groupingBy;

import dev.lowtide.policies.rust.builds.Fingerprint.Dependency;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The dependencies between all units of a target directory. One graph spans all profiles, since a
 * program for another platform uses procedural macros that are built for this one, in the directory
 * of another profile.
 *
 * <p>A unit counts as used if its record is not understood, or if one of its dependencies is
 * missing and no unit that is there may have replaced it. A unit of a removed compiler counts as
 * used only if a kept unit was made from it.
 *
 * <p>Some dependencies are built again in place, such as a build script that does not say what it
 * reads. The content of their hash file then differs from what the record of an older dependent
 * names, so that cargo does not find that dependent fresh. All units with the crate name of such a
 * dependency count as its dependencies, so that cargo needs to build nothing else again with it.
 */
final class UnitGraph {
  private static final int NO_SHAPE = -1;

  private static final Comparator<Unit> LAST_USED_FIRST =
      Comparator.comparing(Unit::lastUsed).reversed().thenComparing(Unit::hash);

  private final List<Unit> units;
  private final Set<Unit> gone;
  private final Map<String, List<Unit>> byContent = new HashMap<>();
  private final Map<String, List<Unit>> byCrate = new HashMap<>();
  private final Map<Unit, Set<Unit>> dependencies = new HashMap<>();
  private final Set<Unit> notUnderstood = new HashSet<>();
  private final Set<Unit> usedByOthers = new HashSet<>();
  private final Map<List<String>, Integer> shapes = new HashMap<>();
  private final Map<Unit, Integer> shapeOf = new HashMap<>();

  /**
   * @param gone the units that no build finds fresh, since their compiler is no longer installed
   */
  UnitGraph(TargetDirectory target, Set<Unit> gone) {
    this.gone = gone;
    units = target.units().toList();
    for (Unit unit : units) {
      if (unit.known().isPresent()) {
        Unit.Known known = unit.known().get();
        byContent.computeIfAbsent(known.content(), content -> new ArrayList<>()).add(unit);
        byCrate.computeIfAbsent(known.crate(), crate -> new ArrayList<>()).add(unit);
      }
    }
    for (Unit unit : units) {
      dependencies.put(unit, dependencies(unit));
    }
  }

  /**
   * The dependencies of a unit; if several units have the content that its record names, all of
   * these.
   */
  private Set<Unit> dependencies(Unit unit) {
    Set<Unit> found = new LinkedHashSet<>();
    if (unit.known().isEmpty()) {
      notUnderstood.add(unit);
      return found;
    }
    for (Dependency dependency : unit.known().get().fingerprint().dependencies()) {
      List<Unit> meant = byContent.get(dependency.content());
      if (meant == null) {
        meant = builtAgain(dependency.crate(), unit);
      }
      if (meant.isEmpty()) {
        notUnderstood.add(unit);
      }
      found.addAll(meant);
    }
    usedByOthers.addAll(found);
    return found;
  }

  /**
   * The units that may have replaced a missing dependency: those with its crate name. If some of
   * them belong to the package of the dependent unit, such as its build script, only these.
   */
  private List<Unit> builtAgain(String crate, Unit dependent) {
    List<Unit> named = byCrate.getOrDefault(crate, List.of());
    List<Unit> own =
        named.stream().filter(each -> each.packageName().equals(dependent.packageName())).toList();
    return own.isEmpty() ? named : own;
  }

  /** A unit and all its direct and indirect dependencies. */
  Set<Unit> madeFrom(Unit unit) {
    Set<Unit> reached = new HashSet<>(Set.of(unit));
    addDependencies(reached);
    return reached;
  }

  /**
   * Whether the records of units are understood and none of their direct dependencies is missing.
   */
  boolean understandsAll(Set<Unit> some) {
    return some.stream().noneMatch(notUnderstood::contains);
  }

  /**
   * Some units and all that are not understood, except those of removed compilers, and all
   * dependencies of these; a dependency may be of a removed compiler.
   */
  private Set<Unit> closure(Collection<Unit> roots) {
    Set<Unit> reached = new HashSet<>(notUnderstood);
    reached.addAll(roots);
    reached.removeAll(gone);
    addDependencies(reached);
    return reached;
  }

  private void addDependencies(Set<Unit> reached) {
    Deque<Unit> todo = new ArrayDeque<>(reached);
    while (!todo.isEmpty()) {
      for (Unit dependency : dependencies.getOrDefault(todo.removeLast(), Set.of())) {
        if (reached.add(dependency)) {
          todo.add(dependency);
        }
      }
    }
  }

  /** All units of installed compilers, and their dependencies, even those of removed compilers. */
  Set<Unit> ofInstalledCompilers() {
    return closure(units);
  }

  /** The units that were used since a time, and their dependencies. */
  Set<Unit> usedSince(Instant time) {
    return closure(units.stream().filter(unit -> unit.usedSince(time)).toList());
  }

  /**
   * The units that a build may find fresh, if access times are known: those that were used since a
   * time; programs that cargo linked into the profile's directory; those that were used last in
   * their role, unless another unit depends on them; and all dependencies of these.
   *
   * @param newest how many of each role are kept
   */
  Set<Unit> notReplacedBefore(Instant time, int newest) {
    List<Unit> kept =
        new ArrayList<>(
            units.stream()
                .filter(unit -> unit.usedSince(time) || unit.isProgramOfProfile())
                .toList());
    units.stream()
        .filter(unit -> unit.known().isPresent())
        .collect(groupingBy(Unit::role))
        .values()
        .forEach(
            role ->
                role.stream()
                    .sorted(LAST_USED_FIRST)
                    .limit(newest)
                    .filter(unit -> !usedByOthers.contains(unit))
                    .forEach(kept::add));
    return closure(kept);
  }

  /**
   * The units that a build may find fresh, if access times are unknown: of the units on which no
   * other depends, the newest of each shape, unless they were made from a version that the
   * workspace has replaced; those that cargo linked into the profile's directory; those that were
   * used since a time; and all their dependencies.
   *
   * @param newest how many of each shape are kept
   * @param locked the versions that the workspace uses, if only one builds here
   */
  Set<Unit> notSupersededBefore(Instant time, int newest, LockedVersions locked) {
    List<Unit> kept = new ArrayList<>(units.stream().filter(unit -> unit.usedSince(time)).toList());
    List<Unit> found = units.stream().filter(Unit::isLinkedIntoProfile).toList();
    kept.addAll(found);
    Set<Unit> certain = closure(found);
    Set<Unit> outdated = madeFromReplacedVersions(locked);
    for (List<Unit> group : byShape().values()) {
      group.removeIf(outdated::contains);
      group.sort(LAST_USED_FIRST);
      group.stream().limit(newest).forEach(kept::add);
      // After going back to an earlier version of a dependency, nothing is built again, so the
      // newest unit is not the current one. The current one depends only on current units.
      group.stream()
          .collect(groupingBy(unit -> dependencies.getOrDefault(unit, Set.of())))
          .forEach(
              (from, units) -> {
                if (certain.containsAll(from)) {
                  units.stream().limit(newest).forEach(kept::add);
                }
              });
    }
    return closure(kept);
  }

  /**
   * The units of versions that the workspace has replaced by others that were built here too, and
   * all that was made from them.
   */
  private Set<Unit> madeFromReplacedVersions(LockedVersions locked) {
    Set<Unit> outdated = new HashSet<>();
    if (locked.isEmpty() || units.stream().anyMatch(Unit::isOfStandardLibrary)) {
      return outdated; // the standard library has a lock file of its own
    }
    Map<List<String>, List<Unit>> byKind = new HashMap<>();
    Map<Unit, String> versions = new HashMap<>();
    for (Unit unit : units) {
      unit.version()
          .ifPresent(
              version -> {
                versions.put(unit, version);
                byKind.computeIfAbsent(unit.role(), any -> new ArrayList<>()).add(unit);
              });
    }
    for (List<Unit> group : byKind.values()) {
      if (group.stream()
          .anyMatch(each -> locked.has(each.packageName(), versions.getOrDefault(each, "")))) {
        group.stream()
            .filter(each -> locked.hasOther(each.packageName(), versions.getOrDefault(each, "")))
            .forEach(outdated::add);
      }
    }
    Map<Unit, List<Unit>> dependents = new HashMap<>();
    dependencies.forEach(
        (unit, from) ->
            from.forEach(
                each -> dependents.computeIfAbsent(each, any -> new ArrayList<>()).add(unit)));
    Deque<Unit> todo = new ArrayDeque<>(outdated);
    while (!todo.isEmpty()) {
      for (Unit dependent : dependents.getOrDefault(todo.removeLast(), List.of())) {
        if (outdated.add(dependent)) {
          todo.add(dependent);
        }
      }
    }
    return outdated;
  }

  private Map<List<String>, List<Unit>> byShape() {
    Map<List<String>, List<Unit>> groups = new LinkedHashMap<>();
    for (Unit unit : units) {
      if (!usedByOthers.contains(unit) && !notUnderstood.contains(unit)) {
        String path = unit.known().orElseThrow().fingerprint().path();
        List<String> key = List.of(unit.profile(), path, String.valueOf(shape(unit)));
        groups.computeIfAbsent(key, each -> new ArrayList<>()).add(unit);
      }
    }
    return groups;
  }

  /**
   * A number that is equal for two units if one can replace the other: equal shapes, and equal
   * shapes of their dependencies. Not recursive, because a chain of dependencies may be too long
   * for the stack.
   */
  private int shape(Unit wanted) {
    Deque<Unit> path = new ArrayDeque<>();
    enter(wanted, path);
    while (!path.isEmpty()) {
      Unit unit = path.getLast();
      Optional<Unit> next =
          dependencies.getOrDefault(unit, Set.of()).stream()
              .filter(each -> !shapeOf.containsKey(each))
              .findFirst();
      if (next.isPresent()) {
        enter(next.get(), path);
      } else {
        shapeOf.put(path.removeLast(), shapeFromDependencies(unit));
      }
    }
    return shapeOf.getOrDefault(wanted, NO_SHAPE);
  }

  /** Enters a unit once, so that a cycle ends. */
  private void enter(Unit unit, Deque<Unit> path) {
    if (shapeOf.putIfAbsent(unit, NO_SHAPE) == null) {
      path.add(unit);
    }
  }

  private int shapeFromDependencies(Unit unit) {
    List<String> shape = new ArrayList<>();
    shape.add(unit.packageName());
    unit.known()
        .ifPresent(
            known -> {
              shape.add(known.kind());
              shape.addAll(known.fingerprint().shape());
            });
    dependencies.getOrDefault(unit, Set.of()).stream()
        .map(each -> shapeOf.getOrDefault(each, NO_SHAPE))
        .sorted()
        .map(String::valueOf)
        .forEach(shape::add);
    return shapes.computeIfAbsent(shape, each -> shapes.size());
  }
}
