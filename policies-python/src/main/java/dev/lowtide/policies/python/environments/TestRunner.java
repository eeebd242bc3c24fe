package dev.lowtide.policies.python.environments;

import com.google.common.base.Splitter;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.ToolCache;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * tox or nox, which test a project in several environments, all in one directory.
 *
 * <p>Without limits, the whole directory is removed if everything directly in it is the program's.
 * Otherwise single environments are removed.
 *
 * @param name of the program
 * @param directory the directory with its environments in a project
 * @param configuration the files that configure the program; a project has one of them
 * @param ownNames the names of other entries that the program makes in the directory
 */
public record TestRunner(
    String name, String directory, Set<String> configuration, Pattern ownNames) {
  private static final RebuildCost COST = RebuildCost.DOWNLOAD;

  /** tox 3 and 4. */
  public static final TestRunner TOX =
      new TestRunner(
          "tox",
          ".tox",
          Set.of("tox.ini", "tox.toml", "setup.cfg", "pyproject.toml"),
          Pattern.compile(
              "\\.tmp|\\.pkg.*|\\.package.*|\\.lock|\\.tox-info\\.json|\\.tox-config1|log|dist"
                  + "|CACHEDIR\\.TAG|\\.gitignore"));

  /** nox 2023 to 2026. */
  public static final TestRunner NOX =
      new TestRunner(
          "nox",
          ".nox",
          Set.of("noxfile.py"),
          Pattern.compile("\\.cache|CACHEDIR\\.TAG|\\.gitignore"));

  /** Logs of tox 3 and 4 are numbered, and begin with what tox did. */
  private static final Pattern LOG =
      Pattern.compile("([^/]+/)?log/([0-9]+-[^/]+|[^/]+-[0-9]+)\\.log");

  private static final Pattern LOG_HEADER =
      Pattern.compile("(?s)(action: [^\n]+, msg: |name: [^\n]+\nrun_id: ).*");

  private static final int MAX_LOG_HEADER = 512;

  /** What else tox 3 and 4 write into an environment: packages and state. */
  private static final String TOX_FILES =
      "dist/[^/]+\\.(tar\\.gz|zip|whl)"
          + "|\\.tox-info\\.json|\\.tox-config1"
          + "|(log/)?\\.lock|file\\.lock|\\.(package|pkg)[^/]*\\.lock";

  private static final Pattern WRITTEN_INTO_ENVIRONMENT = Pattern.compile(TOX_FILES);

  /**
   * What tox writes into its directory: the files above, for each environment, and builds of the
   * project.
   */
  private static final Pattern WRITTEN_BY_TOX =
      Pattern.compile(
          "([^/]+/)?("
              + TOX_FILES
              + ")|\\.tmp/package/[0-9]+/[^/]+\\.(tar\\.gz|zip|whl)"
              + "|\\.pkg[^/]*/(\\.meta|tmp|dist)/.+\\.(dist-info/[^/]+|whl|tar\\.gz)");

  /**
   * The names that tox 3 and 4 and nox use directly in their environments. The {@code tmp} of nox
   * is made by its {@code create_tmp}.
   */
  private static final Pattern IN_ENVIRONMENTS =
      Pattern.compile("tmp|log|dist|\\.tox-info\\.json|\\.tox-config1|\\.pytest_cache");

  /**
   * pytest's cache, which pytest puts into the environment if tox runs it, which sets {@code
   * TOX_ENV_DIR}.
   */
  private static final String PYTEST_CACHE = ".pytest_cache";

  /** The policy for what the program leaves. */
  public Policy policy() {
    return Policy.inWorkspaces(
        "python." + name, name + " environments", COST, this::propose, this::explain);
  }

  /** Whether an environment belongs to tox or nox. */
  static boolean ownsEnvironment(Entry environment) {
    return environment
        .parent()
        .filter(
            parent -> Stream.of(TOX, NOX).anyMatch(each -> each.isEnvironmentsDirectory(parent)))
        .isPresent();
  }

  /** Whether tox or nox writes an entry of that name into its environments. */
  static boolean writes(String name, Entry environment) {
    return IN_ENVIRONMENTS.matcher(name).matches() && ownsEnvironment(environment);
  }

  private boolean isEnvironmentsDirectory(Entry entry) {
    return entry.isDirectory() && entry.name().equals(directory);
  }

  private List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    boolean recordsAccess = snapshot.recordsAccess();
    return SourceTree.entries(snapshot)
        .filter(this::isEnvironmentsDirectory)
        .flatMap(entry -> judge(entry, context, recordsAccess).stream())
        .toList();
  }

  private List<Candidate> judge(Entry entry, PolicyContext context, boolean recordsAccess) {
    Candidate whole =
        Candidate.delete(
            entry,
            Cause.REGENERABLE,
            COST,
            "the environments of " + name + "; it makes them again");
    List<Candidate> environments = new ArrayList<>();
    List<Candidate> candidates = new ArrayList<>();
    for (Entry child : entry.children()) {
      if (child.hasFile(VenvSettings.FILE)) {
        environments.add(VirtualEnvironments.judge(child, context.host(), recordsAccess));
      } else if (!ownNames.matcher(child.name()).matches()) {
        candidates.add(
            Candidate.delete(child, Cause.REGENERABLE, COST, "an entry in " + directory)
                .withheld("nothing shows that " + name + " made it"));
      }
    }
    if (environments.isEmpty()) {
      return List.of(whole.withheld("nothing shows that " + name + " made it"));
    }
    boolean allRemovable =
        candidates.isEmpty() && environments.stream().allMatch(each -> each.withheld().isEmpty());
    if (allRemovable && !context.proposesSingly()) {
      Candidate used = whole.lastUsedAt(latest(environments));
      // If something in it is unexplained, single environments are removed instead
      candidates.addAll(environments);
      candidates.add(
          isOrphaned(entry)
              ? used.withCause(
                  Cause.ORPHANED,
                  "environments of "
                      + name
                      + " for a project that is gone: no file beside it configures "
                      + name)
              : used);
      return candidates;
    }
    candidates.addAll(environments);
    return candidates;
  }

  /** The account of a single environment, or of the directory with all environments. */
  private Explanation explain(Entry subtree, HostEnvironment host) {
    if (subtree.hasFile(VenvSettings.FILE)) {
      return explainEnvironment(subtree, host);
    }
    Explanation.Builder explanation = new Explanation.Builder();
    for (Entry child : subtree.children()) {
      if (child.hasFile(VenvSettings.FILE)) {
        explanation.addAll(explainEnvironment(child, host));
      } else {
        child
            .entries()
            .filter(entry -> !entry.isDirectory())
            .filter(entry -> !isWritten(subtree, entry))
            .forEach(entry -> explanation.add(entry, "was not written by " + name));
      }
    }
    return explanation.build();
  }

  private Explanation explainEnvironment(Entry environment, HostEnvironment host) {
    return EnvironmentAccount.explain(
        environment,
        path ->
            equals(TOX)
                && (WRITTEN_INTO_ENVIRONMENT.matcher(path).matches()
                    || isLog(environment, path)
                    || (path.equals(PYTEST_CACHE) && isCacheOfPytest(environment, host))));
  }

  private static boolean isCacheOfPytest(Entry environment, HostEnvironment host) {
    return environment
        .child(PYTEST_CACHE)
        .filter(cache -> ToolCache.explain(cache, host).isComplete())
        .isPresent();
  }

  private boolean isWritten(Entry top, Entry entry) {
    if (!entry.isFile()) {
      return false;
    } else if (entry.parent().filter(top::equals).isPresent()
        && EnvironmentAccount.isCacheTagOrGitignore(entry)) {
      return true;
    }
    String path = top.path().relativize(entry.path()).toString().replace('\\', '/');
    return equals(TOX) && (WRITTEN_BY_TOX.matcher(path).matches() || isLog(top, path));
  }

  private static boolean isLog(Entry top, String path) {
    Optional<Entry> file = LOG.matcher(path).matches() ? Optional.of(top) : Optional.empty();
    for (String name : Splitter.on('/').split(path)) {
      file = file.flatMap(directory -> directory.child(name));
    }
    return file.flatMap(log -> log.text(MAX_LOG_HEADER))
        .filter(text -> LOG_HEADER.matcher(text).matches())
        .isPresent();
  }

  private boolean isOrphaned(Entry entry) {
    return entry
        .parent()
        .filter(project -> configuration.stream().noneMatch(project::hasFile))
        .isPresent();
  }

  private static Instant latest(List<Candidate> environments) {
    return environments.stream()
        .map(Candidate::lastUsed)
        .reduce(Instant.MIN, (one, other) -> one.isAfter(other) ? one : other);
  }
}
