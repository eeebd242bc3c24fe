package dev.lowtide.policies.python.temporary;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The temporary directories that pip, build, cibuildwheel and build backends leave when they are
 * killed.
 *
 * <p>A directory's age proves little: its time does not change while a long build works below it or
 * beside it. So it is removed only if
 *
 * <ul>
 *   <li>it has a name that one of them gives, and matching contents; any program may make {@code
 *       tmpXXXXXXXX}, so there the contents alone decide;
 *   <li>only its owner can read it, as tempfile makes it: a person may make {@code
 *       pip-download-packages}, which has a matching name but other permissions;
 *   <li>nothing in it has changed for a day;
 *   <li>none of these programs was already running when it last changed: a running pip does not
 *       hold its directories open or name them on its command line, and mostly its children do not
 *       either;
 *   <li>the guards find that it belongs to the user and that no process uses it: the backend's
 *       command line contains the directory with a hook's request.
 * </ul>
 */
public final class DeadBuilds {
  private static final RebuildCost COST = RebuildCost.TRIVIAL;

  public static final Policy POLICY =
      Policy.of(
          "python.dead-build",
          "temporary directories of pip and of builds that were killed",
          COST,
          target -> target.kind() == CleanupTarget.Kind.TEMPORARY,
          DeadBuilds::propose,
          DeadBuilds::explain);

  /** What Python's tempfile appends to a prefix, 3.3 to 3.14. */
  private static final String RANDOM_SUFFIX = "[a-z0-9_]{8}";

  /** Programs that make the directories. Other programs start pip as a process. */
  private static final Pattern CREATORS =
      Pattern.compile(
          "(pip[0-9.]*|build|pyproject-build|cibuildwheel|easy_install.*)(\\.exe|\\.py)?");

  private static final int MAX_TEXT = 1 << 16;

  /**
   * A kind of temporary directory.
   *
   * @param hasContents whether the directory contains what the program puts there, and nothing else
   * @param hasDistinctiveName whether the name alone shows which program made it, so that a
   *     directory with other contents is reported
   */
  private record Kind(
      String creator, Pattern name, Predicate<Entry> hasContents, boolean hasDistinctiveName) {
    static Kind of(String creator, String prefix, Predicate<Entry> hasContents) {
      return new Kind(creator, Pattern.compile(prefix + RANDOM_SUFFIX), hasContents, true);
    }

    static Kind anonymous(String creator, Predicate<Entry> hasContents) {
      return new Kind(creator, Pattern.compile("tmp" + RANDOM_SUFFIX), hasContents, false);
    }

    boolean isNameOf(Entry directory) {
      return name.matcher(directory.name()).matches();
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          // The kinds of TempDirectory, pip 10 to 26
          Kind.of("pip", "pip-(build|req)-tracker-", containsOnly("[0-9a-f]{56}")),
          Kind.of("pip", "pip-ephem-wheel-cache-", containsOnly("wheels")),
          Kind.of("pip", "pip-build-env-", containsOnly("overlay|normal|site")),
          Kind.of(
              "pip",
              "pip-wheel-",
              containsOnly(".+\\.whl|\\.tmp-" + RANDOM_SUFFIX + "|tmp" + RANDOM_SUFFIX)),
          Kind.of(
              "pip",
              "pip-(build-env-install|metadata|modern-metadata|pip-egg-info|unpack|req-build"
                  + "|standalone-pip|install|target|download|uninstall|record)-",
              directory -> true),
          // build 0.8 to 1.6
          Kind.of("build", "build-env-", directory -> directory.hasFile("pyvenv.cfg")),
          Kind.of(
              "build",
              "build-via-sdist-",
              directory ->
                  directory.children().stream().allMatch(child -> child.hasFile("PKG-INFO"))),
          // cibuildwheel 2 and 3: it works in cibw-run-* and unpacks an sdist into cibw-sdist-*
          Kind.of("cibuildwheel", "cibw-(run|sdist)-", directory -> true),
          // editable_wheel of setuptools 64 to 84
          new Kind(
              "setuptools",
              Pattern.compile(
                  "tmp" + RANDOM_SUFFIX + "(\\.build-lib|\\.build-temp|.+\\.editable-.+\\.whl)"),
              directory -> true,
              true),
          // pyproject_hooks 0.8 to 1.2, in pip since 19 and in build
          Kind.anonymous("a hook of a build", DeadBuilds::isHookCall),
          // _build_wheel_impl of scikit-build-core 0.4 to 1.1
          Kind.anonymous("scikit-build-core", DeadBuilds::isOfScikitBuildCore));

  private DeadBuilds() {}

  private static Predicate<Entry> containsOnly(String names) {
    Pattern pattern = Pattern.compile(names);
    return directory ->
        directory.children().stream().allMatch(child -> pattern.matcher(child.name()).matches());
  }

  /** Whether it contains the arguments of a backend's hook, and perhaps its result. */
  private static boolean isHookCall(Entry directory) {
    return containsOnly("(in|out)put\\.json").test(directory)
        && directory
            .child("input.json")
            .flatMap(file -> file.text(MAX_TEXT))
            .filter(text -> text.startsWith("{") && text.contains("\"kwargs\""))
            .isPresent();
  }

  private static boolean isOfScikitBuildCore(Entry directory) {
    return containsOnly("build|wheel").test(directory)
        && directory
            .child("build")
            .filter(build -> build.hasFile(".skbuild-info.json") || build.hasFile("CMakeInit.txt"))
            .isPresent();
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    CreatorProcesses creators = CreatorProcesses.running(CREATORS, context.host());
    return snapshot.root().children().stream()
        .filter(Entry::isDirectory)
        .flatMap(directory -> judge(directory, creators, context).stream())
        .toList();
  }

  private static Optional<Candidate> judge(
      Entry directory, CreatorProcesses creators, PolicyContext context) {
    List<Kind> kinds = KINDS.stream().filter(kind -> kind.isNameOf(directory)).toList();
    Optional<Kind> proven =
        kinds.stream().filter(kind -> kind.hasContents().test(directory)).findFirst();
    if (proven.isEmpty()) {
      return kinds.stream()
          .filter(Kind::hasDistinctiveName)
          .findFirst()
          .map(
              kind ->
                  candidate(directory, kind)
                      .withheld(
                          "it contains something that " + kind.creator() + " does not put there"));
    }
    Candidate candidate = candidate(directory, proven.get());
    if (context.host().isOpenToOthers(directory.path())) {
      return Optional.of(candidate)
          .filter(each -> proven.get().hasDistinctiveName())
          .map(
              each ->
                  each.withheld(
                      "other users may read it, but Python's tempfile makes private directories"));
    }
    return Optional.of(
        objection(directory, creators, context).map(candidate::withheld).orElse(candidate));
  }

  /**
   * Explains the entries that changed within a day after the oldest one. These programs record no
   * files, but none works in its directory for longer; a person may have put later files there.
   */
  private static Explanation explain(Entry subtree, HostEnvironment host) {
    Explanation.Builder unexplained = new Explanation.Builder();
    Instant oldestChange =
        subtree.entries().map(Entry::lastChanged).min(Instant::compareTo).orElse(Instant.MAX);
    subtree
        .entries()
        .skip(1)
        .filter(entry -> entry.lastChanged().isAfter(oldestChange.plus(BuildTemp.ABANDONED_AFTER)))
        .forEach(entry -> unexplained.add(entry, "changed more than a day after the run began"));
    return unexplained.build();
  }

  private static Candidate candidate(Entry directory, Kind kind) {
    return Candidate.delete(
        directory,
        Cause.ORPHANED,
        COST,
        kind.creator() + " made it for one run, and nothing in it changed for a day");
  }

  private static Optional<String> objection(
      Entry directory, CreatorProcesses creators, PolicyContext context) {
    Instant lastChanged = directory.newestChange();
    if (lastChanged.isAfter(context.now().minus(BuildTemp.ABANDONED_AFTER))) {
      return Optional.of(
          "something in it changed less than a day ago, and a build may still use it");
    }
    return creators.objection(directory.snapshot().rootPath(), lastChanged);
  }
}
