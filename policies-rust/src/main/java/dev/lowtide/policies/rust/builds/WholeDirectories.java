package dev.lowtide.policies.rust.builds;

import dev.lowtide.HostEnvironment;
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
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Candidates that do not depend on single units: all that was built into a target directory that
 * has not been used for long or whose project no longer exists, incremental data, and
 * documentation.
 *
 * <p>Programs in the directory of a profile are kept, and so is what cargo did not make. If
 * something is kept, the records are removed first, so that the next build compiles whatever an
 * interrupted removal left.
 */
final class WholeDirectories {
  static final RebuildCost COST = RebuildCost.COMPUTE;

  /** The files of cargo directly in a target directory. */
  private static final Set<String> OWN =
      Set.of(
          TargetDirectory.MARKER.fileName(),
          TargetDirectory.INFO,
          ".rustdoc_fingerprint.json",
          ".future-incompat-report.json");

  /** Files in the directory of a profile that only cargo, rustc and make read. */
  private static final Pattern FOR_CARGO_ALONE = Pattern.compile("lib.+\\.(rlib|rmeta)|.+\\.d");

  /** Examples with the hash of their unit; cargo links each to a name without the hash. */
  private static final Pattern EXAMPLE = Pattern.compile(".+-[0-9a-f]{16}(\\..*)?");

  private static final Pattern LOCK = Pattern.compile("\\.cargo-([a-z]+-)?lock");

  /**
   * If everything is fresh, {@code cargo build} of cargo 1.95 only rewrites the {@code .d} files
   * beside programs and libraries, and {@code check} and {@code test} write nothing. Then only
   * access times show the use.
   */
  private static final String NO_USE_IS_RECORDED =
      "its file system does not record reads (noatime), so builds may still use it; if you do not"
          + " need it, run 'cargo clean'";

  private WholeDirectories() {}

  /** Whether it is a file of cargo directly in a target directory. */
  static boolean isOwn(Entry file) {
    return file.isFile() && OWN.contains(file.name());
  }

  static boolean isLock(String name) {
    return LOCK.matcher(name).matches();
  }

  /** Whether a file where people find programs is one that only cargo, rustc and make read. */
  static boolean isForCargoAlone(Entry file) {
    boolean example = file.parent().filter(above -> above.name().equals("examples")).isPresent();
    return FOR_CARGO_ALONE.matcher(file.name()).matches()
        || (example && EXAMPLE.matcher(file.name()).matches());
  }

  /** Proposes target directories that have not been used for long. */
  static List<Candidate> proposeUnused(
      Snapshot snapshot, PolicyContext context, TargetSettings settings) {
    Duration age =
        context
            .retention()
            .olderThan()
            .orElse(
                context.retention().maxSize().isPresent()
                    ? Duration.ZERO
                    : settings.directoryAfter());
    Instant limit = context.now().minus(age);
    List<Candidate> candidates = new ArrayList<>();
    boolean useIsRecorded = snapshot.recordsAccess();
    for (TargetDirectory target : Builds.of(context).in(snapshot)) {
      if (target.lastUsed().isBefore(limit)) {
        List<Candidate> contents =
            contents(target, Cause.EXPIRED, "its target directory was not used for long");
        if (useIsRecorded) {
          candidates.addAll(contents);
        } else if (!contents.isEmpty()) {
          Entry info = target.root().child(TargetDirectory.INFO).orElseThrow();
          candidates.add(
              Candidate.delete(info, Cause.EXPIRED, COST, "a target directory")
                  .withheld(NO_USE_IS_RECORDED));
        }
      }
    }
    return candidates;
  }

  /** Proposes target directories whose project no longer exists. */
  static List<Candidate> proposeOrphaned(Snapshot snapshot, PolicyContext context) {
    Workspaces workspaces = Builds.of(context).workspaces();
    List<Candidate> candidates = new ArrayList<>();
    for (TargetDirectory target : Builds.of(context).in(snapshot)) {
      if (mayHaveAProject(target, workspaces)) {
        continue;
      }
      Optional<String> doubt = doubt(target, workspaces, context.host());
      if (doubt.isPresent()) {
        candidates.add(
            Candidate.delete(
                    target.root(), Cause.ORPHANED, COST, "a target directory without a project")
                .withheld(doubt.get()));
      } else {
        candidates.addAll(
            orphan(
                target, contents(target, Cause.ORPHANED, "the project it was built from is gone")));
      }
    }
    return candidates;
  }

  private static boolean mayHaveAProject(TargetDirectory target, Workspaces workspaces) {
    return !workspaces.of(target).isEmpty()
        || Stream.iterate(target.root().parent(), Optional::isPresent, up -> up.get().parent())
            .anyMatch(directory -> directory.get().hasFile("Cargo.toml"));
  }

  /**
   * Why the project may still exist. A source that is not in the snapshot may be behind a symbolic
   * link, on another file system, or in a directory that this user may not read.
   */
  private static Optional<String> doubt(
      TargetDirectory target, Workspaces workspaces, HostEnvironment host) {
    Snapshot snapshot = target.root().snapshot();
    List<Path> sources = workspaces.sources(target).stream().flatMap(List::stream).toList();
    if (sources.isEmpty()) {
      return Optional.of("its sources are unknown");
    }
    for (Path source : sources) {
      if (!source.startsWith(snapshot.rootPath())) {
        return Optional.of("it was built from " + source + ", which was not examined");
      } else if (snapshot.entry(source).isPresent() || !host.isGone(source)) {
        return Optional.of("it was built from " + source + ", which exists");
      }
    }
    return Optional.empty();
  }

  /** One candidate for the whole directory if nothing in it is kept. */
  private static List<Candidate> orphan(TargetDirectory target, List<Candidate> contents) {
    boolean all = contents.stream().noneMatch(part -> part.withheld().isPresent());
    return all && target.isTagged()
        ? List.of(
            target.locked(
                Candidate.delete(
                        target.root(),
                        Cause.ORPHANED,
                        COST,
                        "the project it was built from is gone")
                    .withMarker(TargetDirectory.MARKER)
                    .lastUsedAt(target.lastUsed())))
        : contents;
  }

  /**
   * Everything that was built into a directory, the records first. Programs and what cargo did not
   * make are withheld. Cargo's locks are kept, so that a cargo that is just starting and Lowtide
   * still exclude each other.
   */
  private static List<Candidate> contents(TargetDirectory target, Cause cause, String reason) {
    Instant used = target.lastUsed();
    Contents contents =
        new Contents(
            target,
            entry -> target.locked(Candidate.delete(entry, cause, COST, reason).lastUsedAt(used)));
    target.profiles().forEach(contents::addProfile);
    target.root().children().forEach(contents::addOther);
    return contents.candidates;
  }

  /** Collects the candidates in one target directory. */
  private static final class Contents {
    private final TargetDirectory target;
    private final Function<Entry, Candidate> delete;
    private final Set<Entry> programData;
    private final List<Candidate> candidates = new ArrayList<>();

    Contents(TargetDirectory target, Function<Entry, Candidate> delete) {
      this.target = target;
      this.delete = delete;
      this.programData =
          ProgramData.of(target, new UnitGraph(target, Set.of())).stream()
              .flatMap(unit -> unit.artifacts().stream())
              .collect(Collectors.toSet());
    }

    void addProfile(Profile profile) {
      Optional<Entry> records = profile.directory().child(Profile.RECORDS);
      records.map(delete).ifPresent(candidates::add);
      Function<Entry, Candidate> later =
          entry ->
              records
                  .map(before -> delete.apply(entry).onlyAfter(before.path()))
                  .orElseGet(() -> delete.apply(entry));
      for (Entry child : profile.directory().children()) {
        String name = child.name();
        if (name.equals("build")) {
          child.children().stream()
              .filter(each -> !Profile.isPackage(each))
              .forEach(each -> addBuildScript(each, later));
        } else if (name.equals("examples")) {
          child.children().forEach(example -> addExample(example, later));
        } else if (name.equals("deps") || name.equals(Profile.INCREMENTAL)) {
          candidates.add(later.apply(child));
        } else if (!name.equals(Profile.RECORDS) && !LOCK.matcher(name).matches()) {
          addLinked(child, later);
        }
      }
      profile.units().stream()
          .filter(unit -> !unit.record().parent().equals(records))
          .forEach(this::addUnit);
    }

    private void addBuildScript(Entry entry, Function<Entry, Candidate> later) {
      if (programData.contains(entry)) {
        keep(entry, "a program that stays may open what is in it");
      } else {
        candidates.add(later.apply(entry));
      }
    }

    /** Adds a unit of the later layout. */
    private void addUnit(Unit unit) {
      if (unit.artifacts().stream().anyMatch(programData::contains)) {
        candidates.add(delete.apply(unit.record()));
        unit.artifacts().forEach(each -> addBuildScript(each, delete));
      } else {
        candidates.addAll(unit.removal(delete));
      }
    }

    private void addExample(Entry entry, Function<Entry, Candidate> later) {
      if (entry.isFile() && EXAMPLE.matcher(entry.name()).matches()) {
        candidates.add(later.apply(entry));
      } else {
        addLinked(entry, later);
      }
    }

    /** Adds an entry in the directory of a profile. */
    private void addLinked(Entry entry, Function<Entry, Candidate> later) {
      if (entry.isFile() && FOR_CARGO_ALONE.matcher(entry.name()).matches()) {
        candidates.add(later.apply(entry));
      } else {
        keep(entry, "what was built there may be in use");
      }
    }

    void addOther(Entry entry) {
      boolean profile = target.profiles().stream().anyMatch(each -> each.directory().equals(entry));
      if (profile || OWN.contains(entry.name())) {
        return;
      } else if (isPlatform(entry)) {
        entry.children().forEach(this::addOther);
      } else if (Documentation.isDocumentation(entry)) {
        candidates.add(delete.apply(entry));
      } else {
        keep(entry, "nothing shows that cargo made it");
      }
    }

    private boolean isPlatform(Entry entry) {
      return target.profiles().stream()
          .anyMatch(profile -> profile.directory().parent().filter(entry::equals).isPresent());
    }

    private void keep(Entry entry, String why) {
      candidates.add(
          Candidate.delete(entry, Cause.REGENERABLE, COST, "in a target directory").withheld(why));
    }
  }

  /** Proposes incremental data: fresh builds stay fresh, and other builds take longer once. */
  static List<Candidate> proposeIncremental(Snapshot snapshot, PolicyContext context) {
    List<Candidate> candidates = new ArrayList<>();
    for (TargetDirectory target : Builds.of(context).in(snapshot)) {
      for (Profile profile : target.profiles()) {
        for (Entry crate : profile.incremental()) {
          candidates.add(
              target.locked(
                  Candidate.delete(
                      crate,
                      Cause.REGENERABLE,
                      COST,
                      "incremental compilation data; it only speeds up the next change")));
        }
      }
    }
    return candidates;
  }

  /** Proposes what rustdoc generates. */
  static List<Candidate> proposeDocumentation(Snapshot snapshot, PolicyContext context) {
    return snapshot
        .entries()
        .filter(Documentation::isDocumentation)
        .map(
            doc ->
                Documentation.locked(
                    Candidate.delete(
                        doc, Cause.REGENERABLE, COST, "documentation; cargo doc makes it again"),
                    doc))
        .sorted(Comparator.comparing(Candidate::path))
        .toList();
  }

  /**
   * The {@code doc} of a target directory or of a platform in it, beside cargo's {@code
   * CACHEDIR.TAG} or a profile.
   */
  private static final class Documentation {
    private Documentation() {}

    static boolean isDocumentation(Entry entry) {
      return entry.isDirectory()
          && entry.name().equals("doc")
          && entry.hasDirectory("static.files")
          && entry.hasFile("crates.js")
          && entry.parent().filter(Documentation::isOfCargo).isPresent();
    }

    private static boolean isOfCargo(Entry above) {
      return TargetDirectory.MARKER.isIn(above) || TargetDirectory.untagged(above).isPresent();
    }

    /** Cargo locks a profile beside it while rustdoc writes, even if units are elsewhere. */
    static Candidate locked(Candidate candidate, Entry doc) {
      Candidate locked = candidate;
      for (Entry beside : doc.parent().orElseThrow().children()) {
        for (Path lock : Profile.locksIn(beside)) {
          locked = locked.holding(lock);
        }
      }
      return locked;
    }
  }
}
