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
import org.jspecify.annotations.Nullable;

/**
 * What is known about the machine and the user: variables, directories, operating system.
 * Everything that depends on them asks here, so that a test can describe another machine on an
 * in-memory file system.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class HostEnvironment {

  /** The operating systems whose conventions are known. */
  public enum OperatingSystem {
    LINUX,
    MACOS,
    WINDOWS
  }

  /** What the JVM says where a user has no entry in passwd(5). */
  private static final String UNKNOWN_HOME = "?";

  /** What Debian gives users without a home; adduser(8). */
  private static final String NO_HOME = "/nonexistent";

  /** For tests that look which variables are read. */
  static volatile @Nullable Consumer<String> observer;

  private final Machine machine;
  private final ImmutableMap<String, String> variables;
  private final ImmutableSet<Path> distrusted;
  private final Tools tools;
  private final Optional<Path> machineConfigHome;

  /** What is the same for all that is made from one by a change. */
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
    String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    OperatingSystem system =
        name.startsWith("windows")
            ? OperatingSystem.WINDOWS
            : name.startsWith("mac") ? OperatingSystem.MACOS : OperatingSystem.LINUX;
    HostEnvironment host =
        of(
            system,
            FileSystems.getDefault(),
            LauncherLocale.undoneIn(System.getenv()),
            System.getProperty("user.home", UNKNOWN_HOME),
            System.getProperty("java.io.tmpdir"));
    return system == OperatingSystem.WINDOWS ? host : host.withMachineConfigHome(Path.of("/etc"));
  }

  /**
   * A machine as described, for tests and for callers that act on behalf of another user.
   *
   * @param userHome the home directory where {@code HOME} (on Windows {@code USERPROFILE}) is not
   *     among the variables
   * @param platformTemp the temporary directory where {@code TMPDIR} (on Windows {@code TEMP}) is
   *     not
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
   * {@code $HOME}, else what the platform says; {@code /nonexistent} where neither tells, as for a
   * user without an entry in passwd(5).
   */
  public Path home() {
    return machine.home();
  }

  /** Where this program was started. */
  public Path workingDirectory() {
    return machine.workingDirectory();
  }

  /** {@code $TMPDIR}, else the platform's. */
  public Path temporaryDirectory() {
    return machine.temporaryDirectory();
  }

  /** The value of a variable that is set and not empty. */
  public Optional<String> variable(String name) {
    Consumer<String> watching = observer;
    if (watching != null) {
      watching.accept(name);
    }
    return nonEmpty(variables, name);
  }

  /** All variables. */
  public Map<String, String> variables() {
    return variables;
  }

  /** This machine with the variables changed, for a child process or a test. */
  public HostEnvironment withVariables(UnaryOperator<Map<String, String>> change) {
    return changed(change.apply(variables), distrusted);
  }

  /**
   * This machine, where no program is found or run that lies below one of these directories, or
   * leads there: what is being cleaned has no say in how.
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
   * This machine, where no program of the project is found or run that the working directory
   * belongs to: the topmost directory below home with version control in it, else the working
   * directory.
   */
  public HostEnvironment distrustingProject() {
    Path here = workingDirectory();
    boolean atHome = home().startsWith(here) || here.getNameCount() == 0;
    return projectAround(here)
        .or(() -> atHome ? Optional.empty() : Optional.of(here))
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

  /** This machine, whose tools are asked through {@code tools}; without it they are not asked. */
  public HostEnvironment withTools(Tools answering) {
    return new HostEnvironment(machine, variables, distrusted, answering, machineConfigHome);
  }

  /**
   * Where the settings of the whole machine lie, which its administrator makes: {@code /etc} on
   * this machine, but for Windows; nowhere on one as described.
   */
  public Optional<Path> machineConfigHome() {
    return machineConfigHome;
  }

  /** This machine with the settings of the whole machine elsewhere. */
  public HostEnvironment withMachineConfigHome(Path directory) {
    return new HostEnvironment(machine, variables, distrusted, tools, Optional.of(directory));
  }

  /** What no program is run from, see {@link #distrusting}. */
  public Set<Path> distrusted() {
    return distrusted;
  }

  /**
   * A directory without a project, in which tools find no settings but those of the user and the
   * machine: the root of the file system.
   */
  public Path neutralDirectory() {
    Path root = home().getRoot();
    return root == null ? home() : root;
  }

  /**
   * What a tool of this machine answers in the {@link #neutralDirectory}, see {@link Tools#ask}.
   */
  public Optional<String> ask(String... argv) {
    return tools.ask(neutralDirectory(), List.of(argv));
  }

  /** What a tool of this machine answers in a directory, see {@link Tools#ask}. */
  public Optional<String> askIn(Path directory, String... argv) {
    return tools.ask(directory, List.of(argv));
  }

  /** Whether a program of this machine is running, see {@link Tools#isRunning}. */
  public boolean isRunning(String executable) {
    return tools.isRunning(executable);
  }

  /**
   * What stands in a configuration file of a tool, links followed as the tool does; empty if it
   * cannot be read as UTF-8, or is longer than a mebibyte and so is none.
   */
  public Optional<String> configuration(Path file) {
    return HostFiles.configuration(file);
  }

  /**
   * What is directly in a directory, links to it followed, sorted by path; nothing where there is
   * no directory or where this user may not look. Empty if it cannot be told, or if there is more
   * than anybody keeps in one.
   */
  public Optional<List<Path>> list(Path directory) {
    return HostFiles.list(directory);
  }

  /**
   * How a file is read that another user may have written. Lowtide provides it itself: this package
   * is below the one that reads files.
   */
  public interface Reading {
    /** The whole of a regular file of UTF-8 with at most so many bytes, links followed. */
    String text(Path file, int limit) throws IOException;
  }

  /** Whether certainly nothing is at a path, links followed; false where that cannot be told. */
  public boolean isGone(Path path) {
    return Files.notExists(path);
  }

  /** A path without symbolic links; the path itself where it is not there or cannot be told. */
  public Path resolved(Path path) {
    return real(path).orElse(path);
  }

  /** A path without symbolic links; empty where it is not there or cannot be told. */
  public Optional<Path> real(Path path) {
    return HostFiles.real(path);
  }

  /**
   * Whether the permissions of a file or a directory, links not followed, let others than its owner
   * do anything with it: false also where that cannot be told, as on Windows.
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
   * has relative ones ignored.
   */
  public Optional<Path> directory(String variable) {
    return variable(variable).flatMap(value -> BaseDirectories.absolute(value, this));
  }

  /**
   * Where programs of this user keep caches: {@code $XDG_CACHE_HOME} or {@code ~/.cache} on Linux
   * (XDG Base Directory Specification 0.8), {@code ~/Library/Caches} on macOS, {@code
   * %LOCALAPPDATA%} on Windows.
   */
  public Path cacheHome() {
    return BaseDirectories.cache(this);
  }

  /** The cache of tools that follow the XDG specification on every system. */
  public Path xdgCacheHome() {
    return BaseDirectories.xdgCache(this);
  }

  /**
   * Where programs of this user keep what should outlast a restart but is of no use elsewhere:
   * {@code $XDG_STATE_HOME} or {@code ~/.local/state} on Linux, {@code ~/Library/Application
   * Support} on macOS, {@code %LOCALAPPDATA%} on Windows.
   */
  public Path stateHome() {
    return BaseDirectories.state(this);
  }

  /**
   * Where programs of this user keep settings: {@code $XDG_CONFIG_HOME} or {@code ~/.config} on
   * Linux, {@code ~/Library/Application Support} on macOS, {@code %APPDATA%} on Windows.
   */
  public Path configHome() {
    return BaseDirectories.config(this);
  }

  /**
   * Where programs of this user keep what they work with: {@code $XDG_DATA_HOME} or {@code
   * ~/.local/share} on Linux, else {@link #stateHome}.
   */
  public Path dataHome() {
    return BaseDirectories.data(this);
  }

  /** The data of tools that follow the XDG specification on every system. */
  public Path xdgDataHome() {
    return BaseDirectories.xdgData(this);
  }

  /** The first of the {@link #executables} of a name. */
  public Optional<Path> executable(String name) {
    return executables(name).stream().findFirst();
  }

  /**
   * All executable files of that name in the {@link #programDirectories}, in the order of {@code
   * PATH}, that nobody but this user and root can change. The first is what is run; the others are
   * for callers whose first one turns out not to work, as a wrapper for versions that are not
   * installed.
   */
  public List<Path> executables(String name) {
    return new SearchPath(this).executables(name);
  }

  /**
   * The directories of {@code PATH} in which programs are looked for, here and by their children:
   * absolute ones that nobody but this user and root can write to, a sticky one included, and that
   * do not lie where programs are {@linkplain #distrusting distrusted}.
   */
  public List<Path> programDirectories() {
    return new SearchPath(this).directories();
  }

  /**
   * Whether nobody but this user and root can put a program into a directory, and it does not lie
   * where programs are {@linkplain #distrusting distrusted}.
   */
  public boolean mayHoldPrograms(Path directory) {
    return new SearchPath(this).mayHoldPrograms(directory);
  }

  /**
   * Why others than this user and root can change what is at a path, or put something else there,
   * as a sentence; empty if they cannot, and where that cannot be told, as on Windows.
   */
  public Optional<String> writableByOthers(Path path) {
    return WriteAccess.ofOthers(path);
  }

  private static Optional<String> nonEmpty(Map<String, String> variables, String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
  }
}
