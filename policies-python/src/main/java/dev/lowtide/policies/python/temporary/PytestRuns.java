package dev.lowtide.policies.python.temporary;

import dev.lowtide.CleanupTarget;
import dev.lowtide.FileKind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools.RunningProgram;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The temporary directories of test runs, {@code pytest-of-USER/pytest-N}, and those that pytest
 * could not remove, {@code pytest-of-USER/garbage-UUID}.
 *
 * <p>These directories have mode 0700 ({@code _pytest/tmpdir.py} and {@code _pytest/pathlib.py} of
 * pytest 6.2.3 to 9). The directory of a run contains at least one of these: {@code .lock} while
 * the run is active, links such as {@code test_xcurrent} to the newest directory of each name, the
 * directories of pytest-xdist's workers.
 *
 * <p>Like pytest, this policy dates a run by its modification, keeps the last three runs, and
 * assumes for three days that the process that made a lock is still running.
 */
public final class PytestRuns {
  private static final RebuildCost COST = RebuildCost.COMPUTE;

  public static final Policy POLICY =
      Policy.of(
          "python.pytest-temp",
          "temporary directories of pytest's earlier runs",
          COST,
          target -> target.kind() == CleanupTarget.Kind.TEMPORARY,
          PytestRuns::propose,
          PytestRuns::explain);

  private static final String USER_PREFIX = "pytest-of-";

  private static final Pattern RUN = Pattern.compile("pytest-(0|[1-9][0-9]{0,8})");

  private static final Pattern GARBAGE =
      Pattern.compile("garbage-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /** A link to the latest run. */
  private static final String LATEST = "pytest-current";

  private static final String CURRENT_SUFFIX = "current";

  private static final String LOCK = ".lock";

  /** The content of the lock: the id of the process that made it, or nothing yet. */
  private static final Pattern PID = Pattern.compile("[0-9]{0,10}");

  private static final int MAX_LOCK_BYTES = 64;

  private static final Pattern WORKER_DIRECTORY = Pattern.compile("popen-gw[0-9]+");

  /** The default of {@code tmp_path_retention_count}. */
  private static final int KEPT_BY_PYTEST = 3;

  /** {@code LOCK_TIMEOUT}. */
  private static final Duration LOCK_TIMEOUT = Duration.ofDays(3);

  /** Matches pytest, and the scripts with which editors and test adapters run it. */
  private static final Pattern CREATORS = Pattern.compile(".*py\\.?test.*");

  private PytestRuns() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    CreatorProcesses creators = CreatorProcesses.running(CREATORS, context.host());
    return snapshot.root().children().stream()
        .filter(base -> base.nameStartsWith(USER_PREFIX) && base.isDirectory())
        .flatMap(base -> proposeIn(base, creators, context))
        .toList();
  }

  private static Stream<Candidate> proposeIn(
      Entry base, CreatorProcesses creators, PolicyContext context) {
    long latest = base.children().stream().mapToLong(PytestRuns::runNumber).max().orElse(-1);
    List<Candidate> candidates = new ArrayList<>();
    for (Entry child : base.children()) {
      boolean isGarbage = GARBAGE.matcher(child.name()).matches();
      if (child.isDirectory() && (isGarbage || runNumber(child) >= 0)) {
        Candidate candidate = isGarbage ? garbageCandidate(child) : runCandidate(child);
        Optional<String> objection =
            objection(child, base, creators, context)
                .or(
                    () ->
                        !isGarbage && runNumber(child) > latest - KEPT_BY_PYTEST
                            ? keptByPytest(context)
                            : Optional.empty());
        candidates.add(objection.map(candidate::withheld).orElse(candidate));
      }
    }
    return Stream.concat(candidates.stream(), linkToRemovedRun(base, candidates, context).stream());
  }

  /** The number of a run; -1 for everything else. */
  private static long runNumber(Entry entry) {
    Matcher name = RUN.matcher(entry.name());
    return name.matches() ? Long.parseLong(name.group(1)) : -1;
  }

  private static Candidate garbageCandidate(Entry directory) {
    return Candidate.delete(
            directory, Cause.ORPHANED, COST, "pytest began to remove it and did not finish")
        .datedByModification(directory.newestModified());
  }

  private static Candidate runCandidate(Entry directory) {
    return Candidate.delete(
            directory, Cause.SUPERSEDED, COST, "the temporary files of an earlier run of pytest")
        .datedByModification(directory.newestModified());
  }

  private static Optional<String> keptByPytest(PolicyContext context) {
    return context.retention().olderThan().isPresent()
        ? Optional.empty()
        : Optional.of("pytest keeps its last three runs; --older-than removes them too");
  }

  private static Optional<String> objection(
      Entry directory, Entry base, CreatorProcesses creators, PolicyContext context) {
    HostEnvironment host = context.host();
    Instant lastModified = directory.newestModified();
    if (host.isOpenToOthers(directory.path()) || host.isOpenToOthers(base.path())) {
      return Optional.of("other users may read it, but pytest makes private directories");
    } else if (runNumber(directory) >= 0 && !isProven(directory)) {
      return Optional.of("nothing in it shows that pytest made it");
    } else if (lastModified.isAfter(context.now().minus(BuildTemp.ABANDONED_AFTER))) {
      return Optional.of("something in it changed less than a day ago, and a run may still use it");
    }
    return directory
        .child(LOCK)
        .flatMap(lock -> lockObjection(lock, context))
        .or(() -> creators.objection(directory.snapshot().rootPath(), lastModified));
  }

  /** Whether a run contains what pytest makes there, or nothing at all. */
  private static boolean isProven(Entry run) {
    return run.count() == 1
        || run.hasFile(LOCK)
        || run.children().stream()
            .anyMatch(
                child ->
                    isLinkToNewest(child, run)
                        || (child.isDirectory()
                            && WORKER_DIRECTORY.matcher(child.name()).matches()));
  }

  /**
   * Whether an entry is a link {@code NAMEcurrent} beside a directory {@code NAME0}, {@code NAME1}
   * and so on. Where it leads does not matter, since that directory may be gone.
   */
  private static boolean isLinkToNewest(Entry link, Entry run) {
    String name = link.name();
    if (link.kind() != FileKind.SYMLINK || !name.endsWith(CURRENT_SUFFIX)) {
      return false;
    }
    Predicate<String> numbered =
        Pattern.compile(
                Pattern.quote(name.substring(0, name.length() - CURRENT_SUFFIX.length()))
                    + "[0-9]+")
            .asMatchPredicate();
    return run.children().stream()
        .anyMatch(child -> child.isDirectory() && numbered.test(child.name()));
  }

  /**
   * Why a lock may be held. A young lock counts as held even if its process is not found, since
   * that may run in a container.
   */
  private static Optional<String> lockObjection(Entry lock, PolicyContext context) {
    Instant lockTime = lock.lastModified();
    if (lockTime.isAfter(context.now().minus(LOCK_TIMEOUT))) {
      return Optional.of(
          "its .lock is younger than three days, so its test run may still be active");
    }
    Optional<String> pid = lock.text(MAX_LOCK_BYTES).filter(text -> !text.isEmpty());
    return context.host().running().stream()
        .filter(program -> pid.filter(Long.toString(program.pid())::equals).isPresent())
        .filter(
            program -> !program.started().isAfter(lockTime.plus(CreatorProcesses.CLOCK_TOLERANCE)))
        .findFirst()
        .map(RunningProgram::pid)
        .map(holder -> "process " + holder + " has its lock and is still running");
  }

  /** The link to the latest run, if this plan removes that run. */
  private static Optional<Candidate> linkToRemovedRun(
      Entry base, List<Candidate> runs, PolicyContext context) {
    List<Candidate> proposed = runs.stream().filter(run -> run.withheld().isEmpty()).toList();
    Predicate<Candidate> isKept = context.retention().keeps(proposed, context.now());
    return base.child(LATEST)
        .filter(link -> link.kind() == FileKind.SYMLINK)
        .flatMap(
            link ->
                context
                    .host()
                    .real(link.path())
                    .flatMap(
                        latest ->
                            proposed.stream()
                                .filter(run -> context.host().resolved(run.path()).equals(latest))
                                .filter(run -> !isKept.test(run))
                                .findFirst())
                    .map(
                        run ->
                            Candidate.delete(
                                    link,
                                    Cause.ORPHANED,
                                    COST,
                                    "the run that it links to is removed")
                                .datedByModification(run.lastUsed())
                                .onlyAfter(run.path())));
  }

  /**
   * Explains the entries that changed within a day after the oldest one: tests may write anything,
   * but a person may have put later files there. Directories and the lock may be younger, because
   * pytest locks a run and changes its directories when it begins to remove it.
   */
  private static Explanation explain(Entry subtree, HostEnvironment host) {
    Path path = subtree.path();
    String name = lastName(path);
    boolean hasPytestName =
        lastName(path.getParent()).startsWith(USER_PREFIX)
            && (subtree.isDirectory()
                ? RUN.matcher(name).matches() || GARBAGE.matcher(name).matches()
                : subtree.kind() == FileKind.SYMLINK && name.equals(LATEST));
    if (!hasPytestName) {
      return Explanation.unexplained(subtree, "does not have a name that pytest gives");
    }
    Explanation.Builder unexplained = new Explanation.Builder();
    Instant oldestChange =
        subtree.entries().map(Entry::lastChanged).min(Instant::compareTo).orElse(Instant.MAX);
    subtree
        .entries()
        .filter(entry -> !entry.isDirectory() && !isLockOf(subtree, entry))
        .filter(entry -> entry.lastChanged().isAfter(oldestChange.plus(BuildTemp.ABANDONED_AFTER)))
        .forEach(entry -> unexplained.add(entry, "changed more than a day after the run began"));
    return unexplained.build();
  }

  private static String lastName(@Nullable Path path) {
    return path == null || path.getFileName() == null ? "" : path.getFileName().toString();
  }

  private static boolean isLockOf(Entry run, Entry entry) {
    return entry.name().equals(LOCK)
        && entry.parent().filter(run::equals).isPresent()
        && entry.text(MAX_LOCK_BYTES).filter(PID.asMatchPredicate()).isPresent();
  }
}
