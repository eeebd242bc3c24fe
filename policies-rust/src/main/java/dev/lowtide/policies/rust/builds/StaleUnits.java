package dev.lowtide.policies.rust.builds;

import dev.lowtide.Printable;
import dev.lowtide.policies.rust.builds.TargetSettings.Mode;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Units that no build uses any more, in target directories that are in use. Later builds find the
 * kept units fresh, because all their dependencies are kept too.
 *
 * <p>The record of a unit is removed before its files. So after an interrupted removal, the next
 * build makes the unit again; cargo never believes that it is complete.
 */
final class StaleUnits {
  static final RebuildCost COST = RebuildCost.COMPUTE;

  /** With {@code relatime}, Linux records a read at most once a day. */
  private static final Duration SLACK = Duration.ofDays(1);

  private static final String UNRECOGNISED =
      "its directory has neither a CACHEDIR.TAG of cargo nor a profile with cargo's lock and"
          + " records";

  private final TargetSettings settings;

  StaleUnits(TargetSettings settings) {
    this.settings = settings;
  }

  List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    if (TargetDirectory.mayBeIn(snapshot)) {
      Toolchains.begin(context.host());
    }
    List<Candidate> candidates = new ArrayList<>();
    for (Entry directory : TargetDirectory.unrecognised(snapshot)) {
      candidates.add(kept(directory.child(TargetDirectory.INFO).orElseThrow(), UNRECOGNISED));
    }
    Builds builds = Builds.of(context);
    Workspaces workspaces = builds.workspaces();
    for (Path workspace : workspaces.in(snapshot)) {
      Entry manifest = snapshot.entry(workspace.resolve("Cargo.toml")).orElseThrow();
      for (Path directory : workspaces.outside(workspace)) {
        String why =
            "cargo builds it in "
                + Printable.of(directory)
                + ", which is not below a named root; name that directory too";
        candidates.add(kept(manifest, why));
      }
    }
    Compilers compilers = new Compilers(context.host());
    for (TargetDirectory target : builds.in(snapshot)) {
      Evidence evidence = evidence(context);
      Optional<String> objection = whyUseIsUnknown(target, unusedSince(context, evidence));
      if (evidence == Evidence.REPLACED && objection.isPresent()) {
        evidence = Evidence.SAME_SHAPE;
        objection = whyOthersMayUse(target, workspaces);
      }
      Instant unusedSince = unusedSince(context, evidence);
      Map<Unit, String> gone = compilers.gone(target);
      gone.keySet().removeIf(unit -> unit.usedSince(unusedSince));
      LockedVersions locked =
          evidence == Evidence.SAME_SHAPE && objection.isEmpty()
              ? workspaces.locked(target)
              : LockedVersions.UNKNOWN;
      new Sweep(target, unusedSince, evidence, gone, locked).propose(objection, candidates);
    }
    return candidates;
  }

  /** Says in the plan why nothing is proposed; the file that it names is never removed. */
  private static Candidate kept(Entry file, String why) {
    return Candidate.delete(file, Cause.SUPERSEDED, COST, "stale units").withheld(why);
  }

  /** Why a unit counts as stale. */
  private enum Evidence {
    /** No build has read its record for long. */
    UNUSED,
    /** The same, and a unit that was read later has its role. */
    REPLACED,
    /** Where reads are not recorded: a newer unit differs from it in versions only. */
    SAME_SHAPE
  }

  private Evidence evidence(PolicyContext context) {
    return settings.mode() == Mode.AGE || context.retention().unusedSince().isPresent()
        ? Evidence.UNUSED
        : Evidence.REPLACED;
  }

  /** The hash files, which cargo reads to decide whether a unit is fresh. */
  static List<Entry> watched(Snapshot snapshot) {
    return TargetDirectory.in(snapshot).stream()
        .flatMap(TargetDirectory::units)
        .flatMap(unit -> unit.hashFile().stream())
        .toList();
  }

  /** A unit that was used since this time is not stale, whatever else is known. */
  private Instant unusedSince(PolicyContext context, Evidence evidence) {
    if (context.retention().unusedSince().isPresent()) {
      return context.retention().unusedSince().get();
    }
    Duration age = context.retention().olderThan().orElse(settings.staleAfter());
    return context.now().minus(evidence == Evidence.SAME_SHAPE ? age : age.plus(SLACK));
  }

  /** Why superseded units may still be in use here. */
  private static Optional<String> whyOthersMayUse(TargetDirectory target, Workspaces workspaces) {
    return workspaces
        .sharing(target)
        .map(why -> why + ", and each may still need units that another has replaced");
  }

  /** Why access times do not show here what is in use. */
  private static Optional<String> whyUseIsUnknown(TargetDirectory target, Instant unusedSince) {
    if (!target.root().snapshot().recordsAccess()) {
      return Optional.of("its file system does not record reads");
    }
    return target.units().anyMatch(unit -> unit.provesReadsAreRecordedSince(unusedSince))
        ? Optional.empty()
        : Optional.of(
            "no build has since "
                + unusedSince
                + " read again what it made, so reads may not be recorded here");
  }

  /** The sweep of one target directory. */
  private final class Sweep {
    private final TargetDirectory target;
    private final Instant unusedSince;
    private final Evidence evidence;
    private final Map<Unit, String> gone;
    private final UnitGraph graph;
    private final Set<Unit> alive;
    private final Set<Unit> programData;

    /**
     * @param gone the units whose compiler is no longer installed, with its version
     * @param locked the versions that the only workspace uses that builds here
     */
    Sweep(
        TargetDirectory target,
        Instant unusedSince,
        Evidence evidence,
        Map<Unit, String> gone,
        LockedVersions locked) {
      this.target = target;
      this.unusedSince = unusedSince;
      this.evidence = evidence;
      this.gone = gone;
      this.graph = new UnitGraph(target, gone.keySet());
      this.alive =
          switch (evidence) {
            case UNUSED -> graph.usedSince(unusedSince);
            case REPLACED -> graph.notReplacedBefore(unusedSince, settings.newest());
            case SAME_SHAPE -> graph.notSupersededBefore(unusedSince, settings.newest(), locked);
          };
      this.programData = ProgramData.of(target, graph);
    }

    void propose(Optional<String> objection, List<Candidate> candidates) {
      if (objection.isPresent()) {
        if (evidence == Evidence.UNUSED || !gone.keySet().containsAll(except(alive))) {
          candidates.add(withheld(objection.get()));
        }
        // No build can use the units of a removed compiler, whatever else is unknown
        except(graph.ofInstalledCompilers()).forEach(unit -> remove(unit, candidates));
        return;
      }
      except(alive).forEach(unit -> remove(unit, candidates));
      for (Profile profile : target.profiles()) {
        for (Entry leftover : profile.leftovers()) {
          if (leftover.newestChange().isBefore(unusedSince)) {
            candidates.add(
                delete(leftover, Cause.ORPHANED, "cargo has no record of the unit that made it"));
          }
        }
        for (Entry crate : profile.incremental()) {
          if (isStale(crate, profile)) {
            candidates.add(delete(crate, cause(), "no kept unit was compiled when it was written"));
          }
        }
      }
    }

    private List<Unit> except(Set<Unit> staying) {
      return target
          .units()
          .filter(unit -> !staying.contains(unit) && !programData.contains(unit))
          .toList();
    }

    private void remove(Unit unit, List<Candidate> candidates) {
      Cause cause = gone.containsKey(unit) ? Cause.ORPHANED : cause();
      candidates.addAll(
          unit.removal(entry -> delete(entry, cause, reason(unit)).lastUsedAt(unit.lastUsed())));
    }

    /**
     * Reports the reason at {@code .rustc_info.json}, so that other policies can propose the rest.
     */
    private Candidate withheld(String why) {
      Entry info = target.root().child(TargetDirectory.INFO).orElseThrow();
      return Candidate.delete(info, cause(), COST, "stale units").withheld(why);
    }

    private Candidate delete(Entry entry, Cause cause, String reason) {
      return target.locked(Candidate.delete(entry, cause, COST, reason));
    }

    private String reason(Unit unit) {
      if (gone.containsKey(unit)) {
        return gone.get(unit) + ", which compiled " + unit + ", is not installed any more";
      }
      return switch (evidence) {
        case UNUSED -> "no build has used " + unit + " since " + unusedSince;
        case REPLACED ->
            "no build has used "
                + unit
                + " since "
                + unusedSince
                + ", and builds use a newer unit in its place";
        case SAME_SHAPE -> "a newer build has replaced " + unit;
      };
    }

    private Cause cause() {
      return evidence == Evidence.UNUSED ? Cause.EXPIRED : Cause.SUPERSEDED;
    }

    /**
     * Whether incremental data is stale. Its unit is not recorded, but the time when rustc finished
     * is.
     */
    private boolean isStale(Entry crate, Profile profile) {
      Optional<Instant> session =
          crate.children().stream()
              .filter(Entry::isDirectory)
              .map(Entry::lastModified)
              .max(Comparator.naturalOrder());
      String name = crate.name().substring(0, crate.name().lastIndexOf('-'));
      return session.filter(time -> time.isBefore(unusedSince)).isPresent()
          && profile.units().stream()
              .filter(alive::contains)
              .noneMatch(unit -> unit.mayHaveWritten(name, session.get()));
    }
  }
}
