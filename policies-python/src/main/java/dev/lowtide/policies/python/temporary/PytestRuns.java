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
 * <p>From {@code _pytest/tmpdir.py} and {@code _pytest/pathlib.py} of pytest 6.2.3 to 9: they have
 * mode 0700. A run contains its {@code .lock} while it is at work, links such as {@code
 * test_xcurrent} to the newest directory of each name, or the directories of pytest-xdist's
 * workers.
 *
 * <p>As pytest does, this dates a run by modification, keeps the last three, and takes a lock for
 * that of a run at work for three days.
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

  private static final String OF_USER = "pytest-of-";

  private static final Pattern RUN = Pattern.compile("pytest-(0|[1-9][0-9]{0,8})");

  private static final Pattern GARBAGE =
      Pattern.compile("garbage-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /** Leads to the latest run. */
  private static final String LATEST = "pytest-current";

  private static final String CURRENT = "current";

  private static final String LOCK = ".lock";

  /** The process that made the lock. */
  private static final Pattern LOCKED_BY = Pattern.compile("[0-9]{0,10}");

  private static final int MAX_LOCK = 64;

  private static final Pattern WORKER = Pattern.compile("popen-gw[0-9]+");

  /** The default of {@code tmp_path_retention_count}. */
  private static final int KEPT_BY_PYTEST = 3;

  /** {@code LOCK_TIMEOUT}. */
  private static final Duration LOCK_TIMEOUT = Duration.ofDays(3);

  /** Also editors and test adapters that run it with a script of their own. */
  private static final Pattern MAKERS = Pattern.compile(".*py\\.?test.*");

  private PytestRuns() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    Makers makers = Makers.running(MAKERS, context.host());
    return snapshot.root().children().stream()
        .filter(base -> base.nameStartsWith(OF_USER) && base.isDirectory())
        .flatMap(base -> proposeIn(base, makers, context))
        .toList();
  }

  private static Stream<Candidate> proposeIn(Entry base, Makers makers, PolicyContext context) {
    long latest = base.children().stream().mapToLong(PytestRuns::number).max().orElse(-1);
    List<Candidate> candidates = new ArrayList<>();
    for (Entry child : base.children()) {
      boolean garbage = GARBAGE.matcher(child.name()).matches();
      if (child.isDirectory() && (garbage || number(child) >= 0)) {
        Candidate candidate = garbage ? garbage(child) : run(child);
        Optional<String> objection =
            objection(child, base, makers, context)
                .or(
                    () ->
                        !garbage && number(child) > latest - KEPT_BY_PYTEST
                            ? keptByPytest(context)
                            : Optional.empty());
        candidates.add(objection.map(candidate::withheld).orElse(candidate));
      }
    }
    return Stream.concat(candidates.stream(), deadLink(base, candidates, context).stream());
  }

  /** The number of a run; -1 for everything else. */
  private static long number(Entry entry) {
    Matcher name = RUN.matcher(entry.name());
    return name.matches() ? Long.parseLong(name.group(1)) : -1;
  }

  private static Candidate garbage(Entry directory) {
    return Candidate.delete(
            directory, Cause.ORPHANED, COST, "pytest began to remove it and did not finish")
        .datedByModification(directory.newestModified());
  }

  private static Candidate run(Entry directory) {
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
      Entry directory, Entry base, Makers makers, PolicyContext context) {
    HostEnvironment host = context.host();
    Instant touched = directory.newestModified();
    if (host.isOpenToOthers(directory.path()) || host.isOpenToOthers(base.path())) {
      return Optional.of("other users may read it, but pytest makes private directories");
    } else if (number(directory) >= 0 && !isProven(directory)) {
      return Optional.of("it contains nothing by which to know a run of pytest");
    } else if (touched.isAfter(context.now().minus(BuildTemp.ABANDONED))) {
      return Optional.of("something in it changed within a day, and a run may still use it");
    }
    return directory
        .child(LOCK)
        .flatMap(lock -> holder(lock, context))
        .or(() -> makers.objection(directory.snapshot().rootPath(), touched));
  }

  /** Whether a run contains what pytest makes there, or nothing at all. */
  private static boolean isProven(Entry run) {
    return run.count() == 1
        || run.hasFile(LOCK)
        || run.children().stream()
            .anyMatch(
                child ->
                    isLinkToNewest(child, run)
                        || (child.isDirectory() && WORKER.matcher(child.name()).matches()));
  }

  /** Whether it is {@code NAMEcurrent} beside a directory {@code NAME0}; it may be dead. */
  private static boolean isLinkToNewest(Entry link, Entry run) {
    String name = link.name();
    if (link.kind() != FileKind.SYMLINK || !name.endsWith(CURRENT)) {
      return false;
    }
    Predicate<String> numbered =
        Pattern.compile(
                Pattern.quote(name.substring(0, name.length() - CURRENT.length())) + "[0-9]+")
            .asMatchPredicate();
    return run.children().stream()
        .anyMatch(child -> child.isDirectory() && numbered.test(child.name()));
  }

  /** Why a lock may be held. The process may be one of a container that cannot be seen. */
  private static Optional<String> holder(Entry lock, PolicyContext context) {
    Instant made = lock.lastModified();
    if (made.isAfter(context.now().minus(LOCK_TIMEOUT))) {
      return Optional.of("its lock is younger than three days, so pytest takes it for a run");
    }
    Optional<String> pid = lock.text(MAX_LOCK).filter(text -> !text.isEmpty());
    return context.host().running().stream()
        .filter(program -> pid.filter(Long.toString(program.pid())::equals).isPresent())
        .filter(program -> !program.started().isAfter(made.plus(Makers.IMPRECISION)))
        .findFirst()
        .map(RunningProgram::pid)
        .map(holder -> "process " + holder + " has its lock and is still running");
  }

  /** The link to the latest run, if that run goes. */
  private static Optional<Candidate> deadLink(
      Entry base, List<Candidate> runs, PolicyContext context) {
    List<Candidate> proposed = runs.stream().filter(run -> run.withheld().isEmpty()).toList();
    Predicate<Candidate> stays = context.retention().keeps(proposed, context.now());
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
                                .filter(run -> !stays.test(run))
                                .findFirst())
                    .map(
                        run ->
                            Candidate.delete(
                                    link, Cause.ORPHANED, COST, "the run that it leads to goes")
                                .datedByModification(run.lastUsed())
                                .onlyAfter(run.path())));
  }

  /**
   * Explains what changed within a day after the oldest entry: tests write what they like, but a
   * person may have put later files there. Directories change when pytest begins to remove a run,
   * which it locks for that.
   */
  private static Explanation explain(Entry subtree, HostEnvironment host) {
    Path path = subtree.path();
    String name = lastName(path);
    boolean named =
        lastName(path.getParent()).startsWith(OF_USER)
            && (subtree.isDirectory()
                ? RUN.matcher(name).matches() || GARBAGE.matcher(name).matches()
                : subtree.kind() == FileKind.SYMLINK && name.equals(LATEST));
    if (!named) {
      return Explanation.unexplained(subtree, "has no name that pytest gives");
    }
    Explanation.Builder unexplained = new Explanation.Builder();
    Instant first =
        subtree.entries().map(Entry::lastChanged).min(Instant::compareTo).orElse(Instant.MAX);
    subtree
        .entries()
        .filter(entry -> !entry.isDirectory() && !isLockOf(subtree, entry))
        .filter(entry -> entry.lastChanged().isAfter(first.plus(BuildTemp.ABANDONED)))
        .forEach(entry -> unexplained.add(entry, "changed a day after the run began"));
    return unexplained.build();
  }

  private static String lastName(@Nullable Path path) {
    return path == null || path.getFileName() == null ? "" : path.getFileName().toString();
  }

  private static boolean isLockOf(Entry run, Entry entry) {
    return entry.name().equals(LOCK)
        && entry.parent().filter(run::equals).isPresent()
        && entry.text(MAX_LOCK).filter(LOCKED_BY.asMatchPredicate()).isPresent();
  }
}
