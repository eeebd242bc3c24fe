package dev.lowtide.policies.python.environments;

import dev.lowtide.FileKind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Virtual environments of any tool: directories with a {@code pyvenv.cfg} that names the home of an
 * interpreter, and with an interpreter.
 *
 * <p>The last use of an environment is its newest change, or the last read of its {@code
 * pyvenv.cfg} if the file system records reads. An environment is orphaned if its base interpreter
 * no longer exists, so that nothing can run in it, or if its project no longer exists.
 */
public final class VirtualEnvironments {
  private static final RebuildCost COST = RebuildCost.DOWNLOAD;

  public static final Policy POLICY =
      Policy.inWorkspaces(
          "python.venv",
          "virtual environments",
          COST,
          VirtualEnvironments::propose,
          EnvironmentAccount::explain);

  private static final Marker MARKER = new Marker(VenvSettings.FILE, "");

  /** By convention, also of uv and Poetry, the environment of the project around it. */
  private static final String PROJECT_ENVIRONMENT = ".venv";

  /** Contains the path of the project; written by virtualenvwrapper 4 to 6 and pipenv. */
  private static final String PROJECT_FILE = ".project";

  private static final int MAX_PATH = 1 << 12;

  /**
   * The names directly in an environment: those of venv in CPython 3.3 to 3.14, virtualenv 16 to
   * 21, uv 0.8, pipx, pipenv and PyPy, and directories into which packages install data.
   */
  private static final Pattern KNOWN_NAMES =
      Pattern.compile(
          "pyvenv\\.cfg|bin|Scripts|include|Include|lib|lib64|lib32|Lib|libs|DLLs|local|share|etc|man"
              + "|lib-python|lib_pypy|pypy.*|site-packages|__pycache__|\\.gitignore|CACHEDIR\\.TAG"
              + "|\\.lock|\\.project|\\.Python|\\.DS_Store|pip-selfcheck\\.json|pipx_metadata\\.json"
              + "|uv-receipt\\.toml");

  private VirtualEnvironments() {}

  /** Whether a directory is a virtual environment and nothing else. */
  public static boolean isVirtualEnvironment(Entry directory) {
    return directory.hasFile(VenvSettings.FILE) && shapeObjection(directory).isEmpty();
  }

  /** Why a directory with a {@code pyvenv.cfg} may not be an environment. */
  private static Optional<String> shapeObjection(Entry directory) {
    if (VenvSettings.of(directory).isEmpty()) {
      return Optional.of("its pyvenv.cfg names no interpreter (home)");
    }
    if (!hasPython(directory, "bin") && !hasPython(directory, "Scripts")) {
      return Optional.of("it has a pyvenv.cfg, but no python in bin or Scripts");
    }
    return directory.children().stream()
        .map(Entry::name)
        .filter(name -> !KNOWN_NAMES.matcher(name).matches() && !TestRunner.writes(name, directory))
        .filter(name -> !name.equals(Marker.OWNED.fileName()))
        .findFirst()
        .map(name -> "it also contains " + name + ", which is not part of an environment");
  }

  private static boolean hasPython(Entry environment, String directory) {
    return environment.child(directory).stream()
        .flatMap(programs -> programs.children().stream())
        .filter(program -> program.isFile() || program.kind() == FileKind.SYMLINK)
        .anyMatch(program -> program.name().startsWith("python"));
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    boolean recordsAccess = snapshot.recordsAccess();
    return SourceTree.entries(snapshot)
        .filter(entry -> entry.isDirectory() && entry.hasFile(VenvSettings.FILE))
        .filter(environment -> !TestRunner.ownsEnvironment(environment))
        .map(
            environment ->
                judge(
                    environment,
                    LostPoetryProjects.of(environment, context),
                    context.host(),
                    recordsAccess))
        .toList();
  }

  /** The environments of a snapshot that can be removed, including those of test runners. */
  static List<Path> removable(Snapshot snapshot, HostEnvironment host) {
    return SourceTree.entries(snapshot)
        .filter(entry -> entry.isDirectory() && entry.hasFile(VenvSettings.FILE))
        .map(environment -> judge(environment, host, false))
        .filter(candidate -> candidate.withheld().isEmpty())
        .map(Candidate::path)
        .toList();
  }

  /**
   * Proposes one environment, or withholds it.
   *
   * @param recordsAccess whether the file system records when files are read
   */
  static Candidate judge(Entry environment, HostEnvironment host, boolean recordsAccess) {
    return judge(environment, Optional.empty(), host, recordsAccess);
  }

  private static Candidate judge(
      Entry environment, Optional<Path> lostProject, HostEnvironment host, boolean recordsAccess) {
    Candidate candidate =
        Candidate.delete(environment, Cause.REGENERABLE, COST, reason(environment))
            .withMarker(MARKER)
            .lastUsedAt(lastUsed(environment, recordsAccess));
    Optional<String> objection =
        ToolEnvironments.owningToolObjection(environment, host)
            .or(() -> shapeObjection(environment))
            .or(
                () ->
                    lostProject.isPresent()
                        ? Optional.empty()
                        : restoreObjection(environment, host));
    return objection.isPresent()
        ? candidate.withheld(objection.get())
        : orphanReason(environment, host)
            .or(() -> lostProject.map(VirtualEnvironments::goneProjectReason))
            .map(why -> candidate.withCause(Cause.ORPHANED, "a virtual environment; " + why))
            .orElse(candidate);
  }

  private static String reason(Entry environment) {
    return RestoreFiles.hasOnlySeedPackages(environment)
        ? "a virtual environment with nothing but pip, setuptools or wheel installed"
        : "a virtual environment; the project's requirements can restore it";
  }

  private static Instant lastUsed(Entry environment, boolean recordsAccess) {
    Optional<Entry> settings = environment.child(VenvSettings.FILE);
    Instant changed = environment.newestChange(file -> settings.filter(file::equals).isPresent());
    return settings
        .filter(file -> recordsAccess)
        .map(Entry::lastAccess)
        .filter(changed::isBefore)
        .orElse(changed);
  }

  /** Why an environment is orphaned, if its interpreter or its project no longer exists. */
  static Optional<String> orphanReason(Entry environment, HostEnvironment host) {
    return VenvSettings.of(environment)
        .flatMap(settings -> settings.missingBase(host))
        .map(base -> "its base interpreter " + base + " is gone, so nothing can run in it")
        .or(() -> lostProject(environment, host));
  }

  /**
   * Why an environment cannot be restored; empty if it can, or if its project no longer exists, so
   * that nobody needs it.
   */
  private static Optional<String> restoreObjection(Entry environment, HostEnvironment host) {
    Optional<Path> project = project(environment, host);
    return project.filter(host::isGone).isPresent()
            || RestoreFiles.existFor(environment, project, host)
        ? Optional.empty()
        : Optional.of(
            "no file around it says what is installed; save that with '"
                + environment.path()
                + "/bin/python -m pip freeze' and remove it by hand");
  }

  private static Optional<Path> project(Entry environment, HostEnvironment host) {
    return environment
        .child(PROJECT_FILE)
        .flatMap(file -> file.text(MAX_PATH))
        .flatMap(text -> Places.path(text.strip(), host))
        .filter(Path::isAbsolute);
  }

  private static Optional<String> lostProject(Entry environment, HostEnvironment host) {
    Optional<Path> recordedProject = project(environment, host);
    if (recordedProject.isPresent()) {
      return recordedProject.filter(host::isGone).map(VirtualEnvironments::goneProjectReason);
    }
    return environment
        .parent()
        .filter(parent -> environment.name().equals(PROJECT_ENVIRONMENT))
        .filter(parent -> parent.children().size() == 1)
        .map(parent -> "its project is gone: there is nothing else in " + parent.path());
  }

  private static String goneProjectReason(Path project) {
    return "its project " + project + " is gone";
  }
}
