package dev.lowtide;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.lowtide.Tools.RunningProgram;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The environment of the machine and the user: variables, directories and operating system. All
 * code that depends on them reads them from here, so that a test can describe another machine on an
 * in-memory file system.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class HostEnvironment {

  /** The operating systems whose conventions Lowtide knows. */
  public enum OperatingSystem {
    LINUX,
    MACOS,
    WINDOWS;

    /** The system that this program runs on; one that is not known counts as Linux. */
    private static OperatingSystem current() {
      String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
      return name.startsWith("windows") ? WINDOWS : name.startsWith("mac") ? MACOS : LINUX;
    }
  }

  /** The value of {@code user.home} if the user has no entry in passwd(5). */
  private static final String UNKNOWN_HOME = "?";

  /** The home directory that Debian gives to users without a home, see adduser(8). */
  private static final String NO_HOME = "/nonexistent";

  /** Lets tests observe which variables are read. */
  static volatile Consumer<String> observer = variable -> {};

  private final Machine machine;
  private final ImmutableMap<String, String> variables;
  private final ImmutableSet<Path> distrusted;
  private final Tools tools;
  private final Optional<Path> machineConfigHome;

  /** The part of an environment that all changed copies of it share. */
  private record Machine(
      OperatingSystem operatingSystem, Path home, Path workingDirectory, Path temporaryDirectory) {}

  private HostEnvironment(
      Machine machine,
      Map<String, String> variables,
      Set<Path> distrusted,
      Tools tools,
      Optional<Path> machineConfigHome) {
    this.machine = machine;
    this.variables = ImmutableMap.copyOf(variables);
    this.distrusted = ImmutableSet.copyOf(distrusted);
    this.tools = tools;
    this.machineConfigHome = machineConfigHome;
  }

  /** The machine that this program runs on. */
  public static HostEnvironment current() {
    OperatingSystem system = OperatingSystem.current();
    HostEnvironment host =
        of(
            system,
            FileSystems.getDefault(),
            LauncherLocale.withLocaleOfUser(System.getenv()),
            System.getProperty("user.home", UNKNOWN_HOME),
            System.getProperty("java.io.tmpdir"));
    return system == OperatingSystem.WINDOWS ? host : host.withMachineConfigHome(Path.of("/etc"));
  }

  /**
   * A machine as described, for tests and for callers that act on behalf of another user.
   *
   * @param userHome the home directory to use if {@code HOME} (on Windows {@code USERPROFILE}) is
   *     not set
   * @param platformTemp the temporary directory to use if {@code TMPDIR} (on Windows {@code TEMP})
   *     is not set
   */
  public static HostEnvironment of(
      OperatingSystem operatingSystem,
      FileSystem fileSystem,
      Map<String, String> variables,
      String userHome,
      String platformTemp) {
    boolean windows = operatingSystem == OperatingSystem.WINDOWS;
    String platformHome = userHome.equals(UNKNOWN_HOME) ? NO_HOME : userHome;
    String home = nonEmpty(variables, windows ? "USERPROFILE" : "HOME").orElse(platformHome);
    String temp = nonEmpty(variables, windows ? "TEMP" : "TMPDIR").orElse(platformTemp);
    Machine machine =
        new Machine(
            operatingSystem,
            fileSystem.getPath(home).toAbsolutePath(),
            fileSystem.getPath("").toAbsolutePath(),
            fileSystem.getPath(temp).toAbsolutePath());
    return new HostEnvironment(machine, variables, Set.of(), Tools.NONE, Optional.empty());
  }

  public OperatingSystem operatingSystem() {
    return machine.operatingSystem();
  }

  /**
   * {@code $HOME}, or else the platform's home directory; {@code /nonexistent} if there is neither,
   * as for a user without an entry in passwd(5).
   */
  public Path home() {
    return machine.home();
  }

  /** The directory where this program was started. */
  public Path workingDirectory() {
    return machine.workingDirectory();
  }

  /** {@code $TMPDIR}, or else the platform's temporary directory. */
  public Path temporaryDirectory() {
    return machine.temporaryDirectory();
  }

  /** The value of a variable that is set and not empty. */
  public Optional<String> variable(String name) {
    observer.accept(name);
    return nonEmpty(variables, name);
  }

  /** All variables. */
  public Map<String, String> variables() {
    return variables;
  }

  /** A copy of this environment with other variables, for a child process or a test. */
  public HostEnvironment withVariables(UnaryOperator<Map<String, String>> change) {
    return changed(change.apply(variables), distrusted);
  }

  /**
   * A copy of this environment that never finds or runs a program in one of these directories, or a
   * link to one: what is being cleaned must not influence the cleaning.
   */
  public HostEnvironment distrusting(Collection<Path> directories) {
    Set<Path> all = new LinkedHashSet<>(distrusted);
    for (Path directory : directories) {
      all.add(directory);
      all.add(resolved(directory));
    }
    return all.equals(distrusted) ? this : changed(variables, all);
  }

  /**
   * A copy of this environment that never finds or runs a program of the project of the working
   * directory. The project is the topmost directory around it that is under version control and
   * does not hold the home directory, or else the working directory itself.
   */
  public HostEnvironment distrustingProject() {
    Path directory = workingDirectory();
    boolean containsHome = home().startsWith(directory) || directory.getNameCount() == 0;
    return projectAround(directory)
        .or(() -> containsHome ? Optional.empty() : Optional.of(directory))
        .map(project -> distrusting(List.of(project)))
        .orElse(this);
  }

  /**
   * The topmost directory at or above a path that is under version control and does not hold the
   * home directory.
   */
  public Optional<Path> projectAround(Path path) {
    return HostFiles.projectAround(path, home());
  }

  private HostEnvironment changed(Map<String, String> newVariables, Set<Path> newDistrusted) {
    HostEnvironment changed =
        new HostEnvironment(machine, newVariables, newDistrusted, Tools.NONE, machineConfigHome);
    return changed.withTools(tools.on(changed));
  }

  /** A copy of this environment that asks tools in another way; by default none are asked. */
  public HostEnvironment withTools(Tools answering) {
    return new HostEnvironment(machine, variables, distrusted, answering, machineConfigHome);
  }

  /**
   * The directory of the machine-wide settings, which the administrator writes: {@code /etc} for
   * {@link #current}, except on Windows; empty for an environment made by {@link #of}.
   */
  public Optional<Path> machineConfigHome() {
    return machineConfigHome;
  }

  /** A copy of this environment with another directory of machine-wide settings. */
  public HostEnvironment withMachineConfigHome(Path directory) {
    return new HostEnvironment(machine, variables, distrusted, tools, Optional.of(directory));
  }

  /** The directories from which no program is run, see {@link #distrusting}. */
  public Set<Path> distrusted() {
    return distrusted;
  }

  /**
   * A directory outside any project, in which tools find only the settings of the user and the
   * machine: the root of the file system.
   */
  public Path neutralDirectory() {
    Path root = home().getRoot();
    return root == null ? home() : root;
  }

  /** The answer of a tool that is asked in the {@link #neutralDirectory}, see {@link Tools#ask}. */
  public Optional<String> ask(String... argv) {
    return tools.ask(neutralDirectory(), List.of(argv));
  }

  /** The answer of a tool that is asked in a directory, see {@link Tools#ask}. */
  public Optional<String> askIn(Path directory, String... argv) {
    return tools.ask(directory, List.of(argv));
  }

  /** Whether a program of this machine is running, see {@link Tools#isRunning}. */
  public boolean isRunning(String executable) {
    return tools.isRunning(executable);
  }

  /**
   * The contents of a tool's configuration file. Symbolic links are followed, as the tool does.
   * Empty if the file cannot be read as UTF-8, or is larger than 1 MiB, too large for such a file.
   */
  public Optional<String> configuration(Path file) {
    return HostFiles.configuration(file);
  }

  /**
   * The entries of a directory, sorted by path; symbolic links to the directory are followed. The
   * list is empty if there is no directory or this user may not read it. The optional is empty if
   * reading fails otherwise, or if the directory has implausibly many entries.
   */
  public Optional<List<Path>> list(Path directory) {
    return HostFiles.list(directory);
  }

  /** Reads files and directories that another user may have written; Lowtide implements it. */
  public interface Reading {
    /** The text of a regular UTF-8 file of at most this many bytes; links are followed. */
    String text(Path file, int limit) throws IOException;

    /** The names in a directory; empty if it cannot be listed or is a symbolic link. */
    Optional<Set<String>> names(Path directory);
  }

  /** Whether a path, after links, certainly does not exist; false if that is unknown. */
  public boolean isGone(Path path) {
    return Files.notExists(path);
  }

  /** A path with its symbolic links resolved; the path itself if that is not possible. */
  public Path resolved(Path path) {
    return real(path).orElse(path);
  }

  /** A path with its symbolic links resolved; empty if it does not exist or cannot be resolved. */
  public Optional<Path> real(Path path) {
    return HostFiles.real(path);
  }

  /**
   * Whether the permissions of a file or a directory give anyone but its owner any access. Symbolic
   * links are not followed. False also if that cannot be determined, as on Windows.
   */
  public boolean isOpenToOthers(Path path) {
    return HostFiles.isOpenToOthers(path);
  }

  /** The programs of this machine that are running, see {@link Tools#running}. */
  public List<RunningProgram> running() {
    return tools.running();
  }

  /** A path on this machine's file system; relative ones stay relative. */
  public Path path(String first, String... more) {
    return home().getFileSystem().getPath(first, more);
  }

  /**
   * The directory that a variable names, if it is set to an absolute path: the XDG specification
   * requires relative paths to be ignored.
   */
  public Optional<Path> directory(String variable) {
    return variable(variable).flatMap(value -> BaseDirectories.absolute(value, this));
  }

  /**
   * The directory where programs of this user keep caches: {@code $XDG_CACHE_HOME} or {@code
   * ~/.cache} on Linux (XDG Base Directory Specification 0.8), {@code ~/Library/Caches} on macOS,
   * {@code %LOCALAPPDATA%} on Windows.
   */
  public Path cacheHome() {
    return BaseDirectories.cache(this);
  }

  /** The cache directory of tools that follow the XDG specification on every system. */
  public Path xdgCacheHome() {
    return BaseDirectories.xdgCache(this);
  }

  /**
   * The directory where programs of this user keep their state, which should survive a restart but
   * is of no use on another machine: {@code $XDG_STATE_HOME} or {@code ~/.local/state} on Linux,
   * {@code ~/Library/Application Support} on macOS, {@code %LOCALAPPDATA%} on Windows.
   */
  public Path stateHome() {
    return BaseDirectories.state(this);
  }

  /**
   * The directory where programs of this user keep settings: {@code $XDG_CONFIG_HOME} or {@code
   * ~/.config} on Linux, {@code ~/Library/Application Support} on macOS, {@code %APPDATA%} on
   * Windows.
   */
  public Path configHome() {
    return BaseDirectories.config(this);
  }

  /**
   * The directory where programs of this user keep their data: {@code $XDG_DATA_HOME} or {@code
   * ~/.local/share} on Linux, else {@link #stateHome}.
   */
  public Path dataHome() {
    return BaseDirectories.data(this);
  }

  /** The data directory of tools that follow the XDG specification on every system. */
  public Path xdgDataHome() {
    return BaseDirectories.xdgData(this);
  }

  /** The first of the {@link #executables} with a name. */
  public Optional<Path> executable(String name) {
    return executables(name).stream().findFirst();
  }

  /**
   * All executable files with a name in the {@link #programDirectories}, in the order of {@code
   * PATH}, that only this user and root can change. The first one is run. The others are for
   * callers that find that the first one does not work, such as a version manager's shim for a
   * version that is not installed.
   */
  public List<Path> executables(String name) {
    return new SearchPath(this).executables(name);
  }

  /**
   * The directories of {@code PATH} that are searched for programs, by Lowtide and by the programs
   * that it runs. These are the absolute ones that only this user and root can write to and that
   * are not in {@linkplain #distrusting distrusted} directories. A directory that others can write
   * to is left out even if it is sticky.
   */
  public List<Path> programDirectories() {
    return new SearchPath(this).directories();
  }

  /**
   * Whether only this user and root can put a program into a directory, and the directory is not in
   * a {@linkplain #distrusting distrusted} one.
   */
  public boolean mayHoldPrograms(Path directory) {
    return new SearchPath(this).mayHoldPrograms(directory);
  }

  /**
   * Why other users than this one and root can change the file at a path or replace it, as a
   * sentence. Empty if they cannot, and if that cannot be determined, as on Windows.
   */
  public Optional<String> writableByOthers(Path path) {
    return WriteAccess.ofOthers(path);
  }

  private static Optional<String> nonEmpty(Map<String, String> variables, String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
  }
}
