package dev.lowtide.plan;

import com.google.common.collect.ImmutableList;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.Retention;
import dev.lowtide.shared.TomlBounds;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;

/**
 * The contents of a policy file: where to clean, with which policies, and how much to keep. It has
 * the same objects that a program gives to the builder of {@code dev.lowtide.execute.Lowtide}.
 *
 * <p>A policy file is TOML 1.0:
 *
 * <pre>{@code
 * policies = ["python.bytecode", "rust"]   # ids or ecosystems; all if left out
 *
 * [[targets]]
 * path = "."                               # relative to the file
 * keep = ["dist/**"]
 *
 * [limits]
 * older-than = "7d"
 * }</pre>
 *
 * <p>{@code docs/policy-file.md} lists every key. An unknown key is an error, so that a misspelt
 * {@code keep} is not ignored. Immutable.
 *
 * @param targets the targets for which the policies are asked, in the order of the file
 * @param policies the selected policies, and their settings
 * @param retention the limits of age, size and number
 * @param goal how much space to free
 * @param gracePeriod how long something must have been unused; empty for the default of each kind
 *     of target
 */
public record PolicyFile(
    List<CleanupTarget> targets,
    PolicyProvider.Selection policies,
    Retention retention,
    SpaceGoal goal,
    Optional<Duration> gracePeriod) {

  /** A file without settings. */
  public static final PolicyFile NONE =
      new PolicyFile(
          List.of(),
          PolicyProvider.Selection.ALL,
          Retention.NONE,
          SpaceGoal.NONE,
          Optional.empty());

  /** Large enough for a file that people write by hand. */
  private static final int MAX_BYTES = 1 << 20;

  private static final Duration LONGEST_GRACE = CleanupTarget.Kind.CACHE.gracePeriod();

  public PolicyFile {
    targets = ImmutableList.copyOf(targets);
  }

  /**
   * Reads a policy file.
   *
   * @param providers the providers against which policies and settings are checked
   * @throws FormatException if it is not valid TOML, or has unknown keys or invalid values
   * @throws IOException if it cannot be read as UTF-8
   */
  public static PolicyFile read(Path file, Collection<? extends PolicyProvider> providers)
      throws IOException {
    Path absolute = file.toAbsolutePath();
    String text = ForeignFile.at(absolute).followingLinks().text(MAX_BYTES);
    if (!TomlBounds.hold(text)) {
      throw new FormatException(
          absolute,
          1,
          "It is nested too deeply for a policy file, or has hundreds of empty lines in a row");
    }
    TomlParseResult toml = Toml.parse(text);
    if (toml.hasErrors()) {
      TomlParseError first = toml.errors().get(0);
      throw new FormatException(
          absolute, first.position().line(), String.valueOf(first.getMessage()));
    }
    return new PolicyFileSource(absolute).policyFile(toml, providers);
  }

  /**
   * Reads a policy file that may be a project's rather than the user's or the machine's own. A
   * project's file may only name directories below its own, and may only make a run keep more;
   * anything that would make a run remove more is an error. A file is a project's if it lies in a
   * workspace, or in a directory under version control that does not hold the home directory, or if
   * anybody but this user and root can write to it.
   *
   * @param workspaces directories that are cleaned whatever the file says
   * @param caches whether the caches that all projects share are cleaned too
   * @throws FormatException as for the other method, and if a project's file would make a run
   *     remove more
   */
  public static PolicyFile read(
      Path file,
      Collection<? extends PolicyProvider> providers,
      HostEnvironment host,
      Collection<Path> workspaces,
      boolean caches)
      throws IOException {
    return read(file, providers, host, workspaces, caches, NONE);
  }

  /**
   * Like the other method, but on top of the {@linkplain #general general} settings of the machine
   * and the user: a file of this user overrides them, a project's file can only keep more.
   *
   * @return the settings for the targets of this file, and for other targets of the same run
   */
  public static PolicyFile read(
      Path file,
      Collection<? extends PolicyProvider> providers,
      HostEnvironment host,
      Collection<Path> workspaces,
      boolean caches,
      PolicyFile general)
      throws IOException {
    Path absolute = file.toAbsolutePath();
    PolicyFile read = read(absolute, providers);
    List<Path> cleaned = new ArrayList<>(workspaces);
    read.targets().stream()
        .filter(target -> target.kind() == CleanupTarget.Kind.WORKSPACE)
        .forEach(target -> cleaned.add(target.root()));
    Optional<String> foreignReason = foreignReason(absolute, host, cleaned);
    if (foreignReason.isPresent()) {
      read.wideningSetting(absolute, host, workspaces, caches)
          .ifPresent(
              setting -> {
                throw new FormatException(
                    absolute,
                    1,
                    "It "
                        + setting
                        + ", which is not allowed because "
                        + foreignReason.get()
                        + "; put that into a file of your own, such as "
                        + Printable.of(
                            host.configHome().resolve("lowtide").resolve("lowtide.toml")));
              });
      return PolicyFileLayers.restrict(general, read, absolute);
    }
    return PolicyFileLayers.over(general, read).withTargets(read.targets);
  }

  /**
   * Reads the settings that always apply on a machine for a user: {@code lowtide.toml} and {@code
   * lowtide.d/*.toml} of the {@linkplain HostEnvironment#machineConfigHome machine}, then {@code
   * lowtide/lowtide.toml} of the {@linkplain HostEnvironment#configHome user}. Later files override
   * earlier ones.
   *
   * @throws FormatException also if a file is owned or writable by anybody but root and this user
   */
  public static PolicyFile general(
      HostEnvironment host, Collection<? extends PolicyProvider> providers) throws IOException {
    return PolicyFileLayers.read(host, providers);
  }

  /** The same settings for other targets. */
  public PolicyFile withTargets(List<CleanupTarget> newTargets) {
    return new PolicyFile(newTargets, policies, retention, goal, gracePeriod);
  }

  /**
   * A copy of a target that also keeps what the targets of this file keep at, below or above its
   * root.
   */
  public CleanupTarget keepingIn(CleanupTarget target) {
    return PolicyFileLayers.keeping(this, target);
  }

  /** Why a file does not count as this user's or the machine's own; empty if it does. */
  private static Optional<String> foreignReason(
      Path file, HostEnvironment host, Collection<Path> workspaces) {
    Path real = host.resolved(file);
    Optional<String> writable = host.writableByOthers(file).or(() -> host.writableByOthers(real));
    if (writable.isPresent()) {
      return writable;
    }
    for (Path workspace : workspaces) {
      if (file.startsWith(workspace) || real.startsWith(host.resolved(workspace))) {
        return Optional.of("it is in " + Printable.of(workspace) + ", which is being cleaned");
      }
    }
    if (file.startsWith(host.configHome())) {
      return Optional.empty(); // even if the user keeps these settings under version control
    }
    return host.projectAround(real)
        .map(project -> "it belongs to the project " + Printable.of(project));
  }

  /**
   * A setting of the file that could make a run remove more, or that concerns directories outside
   * its own; empty if there is none.
   */
  private Optional<String> wideningSetting(
      Path file, HostEnvironment host, Collection<Path> workspaces, boolean caches) {
    Path parent = file.getParent();
    Path base = host.resolved(parent == null ? file : parent);
    boolean onlyOwnDirectory =
        !caches && workspaces.stream().allMatch(each -> host.resolved(each).startsWith(base));
    return targets.stream()
        .map(CleanupTarget::root)
        .filter(root -> !host.resolved(root).startsWith(base))
        .findFirst()
        .map(root -> "names " + Printable.of(root) + " outside of its directory")
        .or(
            () ->
                onlyOwnDirectory || policies.settings().isEmpty()
                    ? Optional.empty()
                    : Optional.of("changes settings that also apply to other directories"))
        .or(
            () ->
                gracePeriod
                    .filter(period -> !onlyOwnDirectory && period.compareTo(LONGEST_GRACE) < 0)
                    .map(period -> "shortens the grace period of other directories"));
  }

  /**
   * Thrown when a policy file is invalid; the message names the file, the line and what to write
   * instead.
   */
  public static final class FormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;

    FormatException(Path file, int line, String problem) {
      super(Printable.of(file) + ":" + line + ": " + Printable.of(problem));
      this.line = line;
    }

    /** The line number, counted from 1. */
    public int line() {
      return line;
    }
  }
}
