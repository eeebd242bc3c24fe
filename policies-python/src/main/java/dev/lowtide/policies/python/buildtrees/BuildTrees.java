package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.environments.CondaEnvironments;
import dev.lowtide.policies.python.environments.EditableInstalls;
import dev.lowtide.policies.python.environments.SourceTree;
import dev.lowtide.policies.python.environments.VirtualEnvironments;
import dev.lowtide.policies.python.files.FileLookup;
import dev.lowtide.policies.python.files.RecordedPath;
import dev.lowtide.policies.python.sources.EggInfo;
import dev.lowtide.policies.python.temporary.BuildTemp;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Directories in which setuptools, CMake and Meson compile, also for scikit-build and meson-python.
 *
 * <p>People also call their own directories {@code build}, and put notes into build trees. So a
 * tree is removed as a whole only if {@link BuildAccount} explains each file in it. Otherwise the
 * explained parts are removed, and the rest is reported and kept.
 */
public final class BuildTrees {
  private static final RebuildCost COST = RebuildCost.COMPUTE;

  public static final Policy POLICY =
      Policy.of(
          "python.cmake-build",
          "build trees of setuptools, CMake and Meson",
          COST,
          target -> target.kind() == CleanupTarget.Kind.WORKSPACE,
          BuildTrees::propose,
          BuildAccount.ACCOUNT);

  /** What cargo writes into each target directory, also into one that it does not tag. */
  private static final String CARGO_FILE = ".rustc_info.json";

  private static final String UNPROVEN = "nothing shows that a build made it";
  private static final Pattern NAMES =
      Pattern.compile("build|builddir|_skbuild|cmake-build-.+|\\.mesonpy-[a-z0-9_]{8}");

  /**
   * A tree with more parts is probably not a build tree, or is too damaged to be removed in parts.
   */
  private static final int MAX_PARTS = 500;

  private final EditableInstalls installs;
  private final HostEnvironment host;
  private final Snapshot snapshot;
  private final FileLookup lookup;

  private BuildTrees(EditableInstalls installs, HostEnvironment host, Snapshot snapshot) {
    this.installs = installs;
    this.host = host;
    this.snapshot = snapshot;
    this.lookup = new FileLookup(snapshot);
  }

  /** Whether a directory has the name of a build tree, which proves nothing. */
  static boolean hasBuildTreeName(Entry directory) {
    return NAMES.matcher(directory.name()).matches();
  }

  /** Whether a directory has the name of a build tree and the records of a build. */
  static boolean isBuildTree(Entry directory, HostEnvironment host) {
    return hasBuildTreeName(directory) && BuildAccount.isBuildTree(directory, host);
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    List<Entry> found =
        SourceTree.entries(snapshot)
            .filter(Entry::isDirectory)
            .filter(BuildTrees::hasBuildTreeName)
            .filter(entry -> !belongsToAnotherPolicy(entry))
            .toList();
    if (found.isEmpty()) {
      return List.of();
    }
    BuildTrees trees = new BuildTrees(EditableInstalls.of(context), context.host(), snapshot);
    List<Candidate> candidates = new ArrayList<>();
    Optional<Path> lastJudged = Optional.empty();
    for (Entry directory : found) {
      Path path = directory.path();
      // The content of a build tree was judged with it
      if (lastJudged.filter(path::startsWith).isEmpty()) {
        List<Candidate> judged = trees.judge(directory);
        boolean unproven = judged.size() == 1 && judged.get(0).withheld().isPresent();
        if (!(unproven && liesInCacheOfAnotherTool(directory))) {
          candidates.addAll(judged);
        }
        lastJudged = unproven ? Optional.empty() : Optional.of(path);
      }
    }
    return candidates;
  }

  private static boolean belongsToAnotherPolicy(Entry entry) {
    return VirtualEnvironments.isVirtualEnvironment(entry)
        || CondaEnvironments.isCondaEnvironment(entry)
        || WheelDirectories.isWheelDirectory(entry)
        || EggInfo.isEggInfo(entry)
        || BuildTemp.isOwned(entry)
        || entry.name().equals("__pycache__");
  }

  /** Whether the directory is another tool's, such as {@code target/debug/build} of cargo. */
  private static boolean liesInCacheOfAnotherTool(Entry directory) {
    return Stream.iterate(
            directory.parent(), Optional::isPresent, above -> above.flatMap(Entry::parent))
        .flatMap(Optional::stream)
        .anyMatch(above -> Marker.CACHE_DIRECTORY.isIn(above) || above.hasFile(CARGO_FILE));
  }

  private List<Candidate> judge(Entry directory) {
    Candidate whole =
        Candidate.delete(
            directory, Cause.REGENERABLE, COST, "a build tree; the next build makes it again");
    Candidate restricted =
        EditableInstalls.restrict(
            installs.referringInto(directory.path()),
            whole,
            file -> "an editable installation uses it: " + file);
    if (restricted.withheld().isPresent()) {
      return List.of(restricted);
    }
    BuildAccount account = new BuildAccount(directory, host, record -> objection(record).isEmpty());
    for (BuildRecord record : account.records()) {
      restricted = restrict(record, restricted);
    }
    if (account.explained().isEmpty()) {
      return List.of(whole.withheld(reason(directory, account)));
    } else if (account.unexplained().isEmpty()) {
      return List.of(restricted);
    } else if (account.explained().size() > MAX_PARTS) {
      return List.of(
          whole.withheld(
              "it can only be removed in more than "
                  + MAX_PARTS
                  + " parts, because nothing shows that a build made "
                  + account.unexplained().get(0).path()));
    }
    List<Candidate> candidates = new ArrayList<>();
    for (Candidate part : parts(account)) {
      candidates.add(removedAfter(restricted.after(), part));
    }
    for (Entry unexplained : account.unexplained()) {
      if (!belongsToAnotherPolicy(unexplained)) {
        candidates.add(part(unexplained).withheld(reason(unexplained, account)));
      }
    }
    return candidates;
  }

  private static Candidate removedAfter(List<Path> earlier, Candidate part) {
    Candidate restricted = part;
    for (Path path : earlier) {
      restricted = path.startsWith(part.path()) ? restricted : restricted.onlyAfter(path);
    }
    return restricted;
  }

  private static Candidate part(Entry entry) {
    return Candidate.delete(
        entry, Cause.REGENERABLE, COST, "part of a build tree; the next build makes it again");
  }

  /** The candidates for the explained parts. A part that explains others is removed after them. */
  private static List<Candidate> parts(BuildAccount account) {
    Map<Path, Integer> orders = new TreeMap<>();
    for (Entry part : account.explained()) {
      orders.put(part.path(), order(part.path(), account.records()));
    }
    List<Candidate> candidates = new ArrayList<>();
    for (Entry part : account.explained()) {
      Candidate candidate = part(part);
      int partOrder = orders.getOrDefault(part.path(), 0);
      for (Map.Entry<Path, Integer> other : orders.entrySet()) {
        if (other.getValue() < partOrder) {
          candidate = candidate.onlyAfter(other.getKey());
        }
      }
      candidates.add(candidate);
    }
    return candidates;
  }

  private static int order(Path part, List<BuildRecord> records) {
    int order = 0;
    for (BuildRecord record : records) {
      if (part.startsWith(record.tree()) && !part.equals(record.tree())) {
        order =
            10 * order
                + record.removalOrder(RecordedPath.withSlashes(record.tree().relativize(part)));
      }
    }
    return order;
  }

  private String reason(Entry unexplained, BuildAccount account) {
    return account.rejected().stream()
        .filter(record -> record.tree().startsWith(unexplained.path()))
        .flatMap(record -> objection(record).stream())
        .findFirst()
        .orElse(UNPROVEN);
  }

  private Optional<String> objection(BuildRecord record) {
    return foreignSources(record)
        .or(() -> withoutProject(record))
        .or(() -> restrict(record, part(snapshot.root())).withheld());
  }

  /** An objection if the directory of the sources contains no project any more. */
  private Optional<String> withoutProject(BuildRecord record) {
    return lookup.isProject(record.sources())
        ? Optional.empty()
        : Optional.of(
            "there is no project in "
                + record.sources()
                + " any more, so nothing can build it again");
  }

  /** An objection if the sources of a build tree are neither above it nor in the snapshot. */
  private Optional<String> foreignSources(BuildRecord record) {
    Path sources = record.sources();
    return record.tree().startsWith(sources)
            || snapshot.entry(sources).filter(Entry::isDirectory).isPresent()
        ? Optional.empty()
        : Optional.of(
            "it was built from the sources in "
                + sources
                + ", which are not in "
                + snapshot.rootPath());
  }

  /**
   * Restricts a candidate if an editable install imports from the build tree. An editable install
   * by meson-python always does; one by scikit-build-core does if {@code editable.rebuild} is set.
   */
  private Candidate restrict(BuildRecord record, Candidate candidate) {
    boolean isImportedFrom =
        lookup.file(record.tree().resolve(MesonRecord.MESON_PYTHON)).isPresent()
            || lookup.file(record.tree().resolve(CMakeNames.SKBUILD)).isPresent();
    return isImportedFrom
        ? EditableInstalls.restrict(
            installs.referringTo(record.sources()),
            candidate,
            file -> "an editable installation imports from it: " + file)
        : candidate;
  }
}
