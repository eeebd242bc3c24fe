package dev.lowtide.policies.python.environments;

import dev.lowtide.CleanupTarget;
import dev.lowtide.CleanupTarget.Kind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.RecordedPath;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The interpreters that uv installed. The newest patch of each minor version is kept. uv removes an
 * older one if no {@code pyvenv.cfg} in any target of the plan refers to it: in the directories
 * that the user named, and in the places where tools keep environments.
 */
public final class UvPythons {
  private static final RebuildCost COST = RebuildCost.DOWNLOAD;

  private static final CommandShape UNINSTALL =
      CommandShape.of(Places.UV, "python", "uninstall").name();

  public static final Policy POLICY =
      Policy.of(
          "python.uv-python",
          "outdated uv interpreters that no environment refers to",
          COST,
          UvPythons::appliesTo,
          UvPythons::propose,
          List.of(UNINSTALL));

  /** {@code cpython-3.12.3-linux-x86_64-gnu}: "Managed and system" in the docs of uv 0.8. */
  private static final Pattern NAME =
      Pattern.compile(
          "(?<implementation>[a-z]+)-(?<minor>[0-9]+\\.[0-9]+)\\.(?<patch>[0-9]{1,9})"
              + "(?:(?<stage>a|b|rc)(?<serial>[0-9]{1,9}))?(?<rest>\\+[a-z+]+)?-(?<platform>.+)");

  /** uv holds this lock while it installs or removes an interpreter. */
  private static final String LOCK = ".lock";

  private static final Set<String> SEARCHED_PLACES =
      Set.of(
          Places.UV_PYTHON,
          Places.UV_TOOLS,
          Places.UV_CACHE,
          Places.PIPX,
          Places.HATCH,
          Places.PRE_COMMIT_CACHE,
          Places.POETRY_CACHE);

  /**
   * An installation.
   *
   * @param kind what must be equal for one to replace another
   * @param stage of a preview, or "release", which comes after all previews
   */
  private record Python(
      Entry directory, String kind, String minor, int patch, String stage, int serial) {
    static Optional<Python> of(Entry directory) {
      Matcher name = NAME.matcher(directory.name());
      if (!directory.isDirectory() || !name.matches()) {
        return Optional.empty();
      }
      String stage = Optional.ofNullable(name.group("stage")).orElse("release");
      int serial = Optional.ofNullable(name.group("serial")).map(Integer::parseInt).orElse(0);
      return Optional.of(
          new Python(
              directory,
              String.join(
                  " ",
                  name.group("implementation"),
                  name.group("minor"),
                  String.valueOf(name.group("rest")),
                  name.group("platform")),
              name.group("minor"),
              Integer.parseInt(name.group("patch")),
              stage,
              serial));
    }

    /** "a", "b" and "rc" happen to be in order, and before "release". */
    static final Comparator<Python> BY_AGE =
        Comparator.comparingInt(Python::patch)
            .thenComparing(Python::stage)
            .thenComparingInt(Python::serial);
  }

  private UvPythons() {}

  /** Whether it proposes there or searches there for environments. */
  private static boolean appliesTo(CleanupTarget target) {
    return target.kind() == Kind.WORKSPACE
        || (target.kind() == Kind.CACHE
            && SEARCHED_PLACES.stream().anyMatch(place -> Places.isPlace(place, target)));
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    if (!Places.isPlace(Places.UV_PYTHON, context.target())) {
      return List.of();
    }
    Map<String, List<Python>> pythons =
        snapshot.root().children().stream()
            .flatMap(each -> Python.of(each).stream())
            .collect(Collectors.groupingBy(Python::kind));
    if (pythons.values().stream().allMatch(sameKind -> sameKind.size() == 1)) {
      return List.of();
    }
    Optional<String> objection = objection(snapshot.rootPath(), context);
    Map<Path, Path> references = references(context);
    Optional<Requirement> unlocked =
        snapshot.root().child(LOCK).map(Entry::path).map(Requirement.Unlocked::new);
    List<Candidate> candidates = new ArrayList<>();
    for (List<Python> sameKind : pythons.values()) {
      Python newest = Collections.max(sameKind, Python.BY_AGE);
      for (Python each : sameKind) {
        if (!each.equals(newest)) {
          Candidate unguarded = candidate(each.directory(), newest);
          Candidate candidate = unlocked.map(unguarded::requiring).orElse(unguarded);
          candidates.add(
              reference(each.directory().name(), references)
                  .or(() -> objection)
                  .map(candidate::withheld)
                  .orElse(candidate));
        }
      }
    }
    return candidates;
  }

  /**
   * The file that refers to an interpreter. Links may give it another path, but hardly another
   * name.
   */
  private static Optional<String> reference(String name, Map<Path, Path> references) {
    return references.entrySet().stream()
        .filter(reference -> RecordedPath.hasName(reference.getKey(), name))
        .map(reference -> reference.getValue() + " refers to it")
        .findFirst();
  }

  private static Candidate candidate(Entry python, Python newest) {
    return Candidate.run(
        python,
        List.of(Places.UV, "python", "uninstall", python.name()),
        Cause.SUPERSEDED,
        COST,
        "a uv interpreter that no environment here refers to; "
            + newest.directory().name()
            + " is newer");
  }

  /** Why it is unknown whether an interpreter is needed, or why uv cannot remove it. */
  private static Optional<String> objection(Path pythons, PolicyContext context) {
    HostEnvironment host = context.host();
    Set<CleanupTarget> planned = context.planned().keySet();
    if (planned.stream().noneMatch(target -> target.kind() == Kind.WORKSPACE)) {
      return Optional.of(
          "no environments were searched; name the directories that contain yours with --root");
    }
    Optional<Path> unsearched =
        Places.rootsWithoutAsking(Places.UV_TOOLS, host).stream()
            .map(host::resolved)
            .filter(tools -> planned.stream().noneMatch(each -> tools.startsWith(each.root())))
            .filter(tools -> !host.isGone(tools))
            .findFirst();
    if (unsearched.isPresent()) {
      return unsearched.map(
          tools -> tools + " was not searched, and programs in it may need it; add --caches");
    }
    if (host.executable(Places.UV).isEmpty()) {
      return Optional.of("only uv may remove it, and it is not on PATH");
    }
    return Places.root(Places.UV_PYTHON, host)
            .map(host::resolved)
            .filter(host.resolved(pythons)::equals)
            .isPresent()
        ? Optional.empty()
        : Optional.of("uv has its interpreters elsewhere, so it would remove another one");
  }

  /** The files that refer to interpreters, by the path that they name. */
  private static Map<Path, Path> references(PolicyContext context) {
    Map<Path, Path> references = new HashMap<>();
    for (Snapshot snapshot : context.planned().values()) {
      snapshot
          .entries()
          .filter(entry -> entry.isFile() && entry.name().equals(VenvSettings.FILE))
          .forEach(
              file ->
                  file.parent().stream()
                      .flatMap(directory -> VenvSettings.of(directory).stream())
                      .flatMap(settings -> settings.basePaths(context.host()))
                      .forEach(base -> references.putIfAbsent(base, file.path())));
    }
    return references;
  }
}
