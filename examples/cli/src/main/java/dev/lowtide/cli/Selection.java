package dev.lowtide.cli;

import static dev.lowtide.cli.Options.option;

import com.google.common.base.Splitter;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PolicyFile;
import dev.lowtide.plan.RefusedTargetException;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.Retention;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The options that select targets and policies, and say how much to keep. */
final class Selection {
  private List<Path> roots = new ArrayList<>();
  private boolean caches;
  private List<String> policies = new ArrayList<>();
  private @Nullable Duration olderThan;
  private @Nullable ByteSize maxSize;
  private OptionalInt keepNewest = OptionalInt.empty();
  private List<String> keep = new ArrayList<>();
  private @Nullable Path config;
  private List<String> keepCommands = new ArrayList<>();

  /** What the policy files of the machine and the user say together. */
  private PolicyFile general = PolicyFile.NONE;

  private boolean usesGeneralTargets;
  private final GuardOptions guards = new GuardOptions();
  private final GoalOptions goals;

  Selection(GoalOptions goals) {
    this.goals = goals;
  }

  /** Adds the options to a command. */
  void addTo(Options options) {
    options.list(
        "--root=DIR",
        Path.class,
        value -> roots = value,
        "A workspace to clean; repeatable. '.' is the working directory.");
    options.flag(
        "--caches",
        value -> caches = value,
        "Also clean the caches of this user that the policies find.");
    options.list(
        option("--policy=ID")
            .splitRegex(",")
            .description(
                "Use only these policies or ecosystems, for example python,rust.sccache. Default:"
                    + " all."),
        String.class,
        value -> policies = value);
    options.value(
        "--older-than=DURATION",
        Duration.class,
        value -> olderThan = value,
        "Remove only what was not used for this time, for example 7d or 36h.");
    options.value(
        "--max-size=SIZE",
        ByteSize.class,
        value -> maxSize = value,
        "Remove least recently used items until each target is at most this large, for"
            + " example 10GB.");
    options.value(
        "--keep-newest=N",
        OptionalInt.class,
        value -> keepNewest = value,
        "Keep the N most recently used items of each policy in each target.");
    options.list(
        "--keep=GLOB",
        String.class,
        value -> keep = value,
        "Keep what matches this pattern, relative to the root, for example 'dist/**';"
            + " repeatable.");
    options.value(
        "--config=FILE",
        Path.class,
        value -> config = value,
        "A policy file; command-line options override it.");
    options.list(
        "--keep-command=COMMAND",
        String.class,
        value -> keepCommands = value,
        "Run this command first and keep what it uses, if a policy can tell; repeatable. It"
            + " is split at spaces and not run by a shell.");
    guards.addTo(options);
    goals.addTo(options);
  }

  /**
   * The selection before planning.
   *
   * @param warnings a sentence for each cache that is left out, and for each provider that failed
   */
  record Chosen(Lowtide lowtide, List<CleanupTarget> targets, List<String> warnings) {}

  /** The selection with its plan. */
  record Selected(Lowtide lowtide, CleanupPlan plan) {}

  /**
   * Plans what is selected.
   *
   * @param more applies the other options of the command
   * @throws UsageException if the selection is wrong
   * @throws RefusedTargetException if a named directory must not be cleaned
   */
  Selected plan(Session session, Progress progress, Consumer<LowtideBuilder> more)
      throws IOException {
    Chosen chosen = choose(session, progress, more);
    CleanupPlan plan = chosen.lowtide().plan(chosen.targets());
    chosen.warnings().stream()
        .filter(warning -> !plan.notes().contains(warning))
        .forEach(progress::warn);
    return new Selected(chosen.lowtide(), plan);
  }

  /** Selects like {@link #plan}, but does not plan yet. */
  Chosen choose(Session session, Progress progress, Consumer<LowtideBuilder> more)
      throws IOException {
    List<PolicyProvider> providers = session.providers().get();
    general = Inputs.generalPolicyFile(session.host(), providers);
    if (roots.isEmpty() && !caches && config == null) {
      chooseDefault(session, progress);
    }
    PolicyFile file = policyFile(session, providers);
    List<CleanupTarget> named = named(session, progress, file);
    HostEnvironment host =
        session.host().distrusting(named.stream().map(CleanupTarget::root).toList());
    LowtideBuilder builder = Lowtide.builder().host(host).probe(session.probe()).listener(progress);
    try {
      builder
          .policyFile(file, providers)
          .retention(
              new Retention(
                  Optional.ofNullable(olderThan).or(file.retention()::olderThan),
                  Optional.ofNullable(maxSize).or(file.retention()::maxSize),
                  keepNewest.isPresent() ? keepNewest : file.retention().keepNewest()));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    builder.goal(goals.over(file.goal()));
    guards.applyTo(builder);
    more.accept(builder);
    Lowtide lowtide = builder.build();
    List<Policy> active = lowtide.policies();
    file.targets().stream()
        .filter(target -> active.stream().noneMatch(policy -> policy.appliesTo(target)))
        .forEach(
            target ->
                progress.warn(
                    "No policy looks at "
                        + Printable.of(target.root())
                        + ": none knows a cache with the id '"
                        + Printable.of(target.id())
                        + "'; write for example id = \"pip-cache\" ('lowtide policies' lists"
                        + " all)"));
    if (!keepCommands.isEmpty()) {
      Instant since = lowtide.watch(named);
      for (String command : keepCommands) {
        run(session, command);
      }
      lowtide = lowtide.unusedSince(since);
    }
    List<CleanupTarget> all = new ArrayList<>(named);
    List<String> warnings = new ArrayList<>();
    if (caches) {
      PolicyProvider.Discovery found =
          discover(host, providers.stream().filter(file.policies()::selectsFrom).toList());
      warnings.addAll(found.failures());
      all.addAll(allowed(found.targets(), host, warnings));
    }
    return new Chosen(lowtide, all, warnings);
  }

  /**
   * Without a selection, uses the policy file of the working directory; without that, the targets
   * of the machine's and the user's files; without those, the working directory.
   */
  private void chooseDefault(Session session, Progress progress) {
    Path here = session.host().workingDirectory();
    Path file = here.resolve("lowtide.toml");
    if (Files.exists(file)) {
      config = file;
      progress.info("Reading the policy file " + Printable.of(file));
    } else if (!general.targets().isEmpty()) {
      usesGeneralTargets = true;
      progress.info("Using the targets of the policy files of the machine and the user");
    } else {
      roots = List.of(here);
      progress.info("Using the working directory " + Printable.of(here));
    }
  }

  /**
   * Runs a command for {@code --keep-command}. Its output goes to standard error, since it is not
   * the result.
   */
  private static void run(Session session, String command) throws IOException {
    List<String> argv = Splitter.on(' ').omitEmptyStrings().splitToList(command);
    if (argv.isEmpty()) {
      throw new UsageException("--keep-command is empty; write for example 'cargo build'");
    }
    int exit;
    try {
      exit = UserCommand.run(session, argv, true);
    } catch (NotStartedException e) {
      throw new UsageException(e);
    }
    if (exit != 0) {
      throw new IOException(
          "'" + command + "' ended with exit code " + exit + ", so what it uses is unknown");
    }
  }

  private PolicyFile policyFile(Session session, List<PolicyProvider> providers) {
    PolicyFile file = usesGeneralTargets ? general : general.withTargets(List.of());
    if (config != null) {
      List<Path> workspaces =
          roots.stream().map(root -> Inputs.root(session.host(), root)).toList();
      file = Inputs.policyFile(config, providers, session.host(), workspaces, caches, general);
    }
    return policies.isEmpty()
        ? file
        : new PolicyFile(
            file.targets(),
            file.policies().named(policies),
            file.retention(),
            file.goal(),
            file.gracePeriod());
  }

  private List<CleanupTarget> named(Session session, Progress progress, PolicyFile file) {
    List<CleanupTarget> targets = new ArrayList<>();
    try {
      for (Path root : roots) {
        Inputs.requireThere(Inputs.root(session.host(), root));
        String id = targets.isEmpty() ? "workspace" : "workspace-" + (targets.size() + 1);
        targets.add(keeping(CleanupTarget.of(id, Inputs.root(session.host(), root))));
      }
      file.targets().forEach(target -> targets.add(keeping(target)));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    for (CleanupTarget target : targets) {
      if (!Files.exists(target.root(), LinkOption.NOFOLLOW_LINKS)) {
        progress.info("Nothing to do: there is no " + Printable.of(target.root()));
      }
    }
    return targets;
  }

  private CleanupTarget keeping(CleanupTarget target) {
    return general.keepingIn(target).keeping(keep.toArray(String[]::new));
  }

  /** Those that may be cleaned. The others only cause a warning: the user did not name them. */
  private List<CleanupTarget> allowed(
      List<CleanupTarget> discovered, HostEnvironment host, List<String> warnings)
      throws IOException {
    List<CleanupTarget> targets = new ArrayList<>();
    for (CleanupTarget target : discovered) {
      try {
        Lowtide.checkTarget(target, host);
        targets.add(keeping(target));
      } catch (RefusedTargetException e) {
        warnings.add(Printable.of(String.valueOf(e.getMessage())));
      }
    }
    return targets;
  }

  private static PolicyProvider.Discovery discover(
      HostEnvironment host, List<PolicyProvider> providers) {
    return PolicyProvider.Discovery.of(providers, host.distrustingProject()).existing();
  }

  /** The caches that providers find; says which of them failed. */
  static List<CleanupTarget> discover(
      Session session, HostEnvironment host, List<PolicyProvider> providers) {
    PolicyProvider.Discovery found = discover(host, providers);
    found.failures().forEach(failure -> session.err().println("[WARN] " + failure));
    return found.targets();
  }
}
