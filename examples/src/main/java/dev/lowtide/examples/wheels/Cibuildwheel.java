package dev.lowtide.examples.wheels;

import com.google.common.base.Splitter;
import dev.lowtide.HostEnvironment;
import dev.lowtide.examples.UsageException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * cibuildwheel 2.10 or newer, which builds wheels in the place of pip: on Linux in a container,
 * with Pythons of its own.
 *
 * @param executable on {@code PATH}
 * @param platform the last part of its build identifiers, such as {@code manylinux_x86_64}
 * @param passed the variables that the user has it pass into its containers
 */
record Cibuildwheel(Path executable, String platform, List<String> passed) {
  static final String EXECUTABLE = "cibuildwheel";
  private static final String PASS = "CIBW_ENVIRONMENT_PASS_LINUX";

  /**
   * The one of a machine.
   *
   * @throws UsageException if there is none
   */
  static Cibuildwheel on(HostEnvironment host) {
    Path executable =
        host.executable(EXECUTABLE)
            .orElseThrow(
                () ->
                    new UsageException(
                        "--frontend=cibuildwheel needs cibuildwheel on PATH; install it, or omit"
                            + " --frontend to build with pip"));
    boolean arm = System.getProperty("os.arch", "").equals("aarch64");
    String platform =
        switch (host.operatingSystem()) {
          case LINUX -> "manylinux_" + (arm ? "aarch64" : "x86_64");
          case MACOS -> "macosx_" + (arm ? "arm64" : "x86_64");
          case WINDOWS -> "win_" + (arm ? "arm64" : "amd64");
        };
    return new Cibuildwheel(
        executable,
        platform,
        Splitter.on(' ').omitEmptyStrings().splitToList(host.variable(PASS).orElse("")));
  }

  /** The command that builds one wheel of the project in which it is run. */
  List<String> argv(PythonVersion python, Path wheels) {
    return List.of(
        executable.toString(),
        "--only",
        python.tag() + "-" + platform,
        "--output-dir",
        wheels.toString(),
        ".");
  }

  /**
   * What it needs in its environment.
   *
   * @param ofBuild the variables that the build itself is to see, wherever it runs
   */
  Map<String, String> variables(Collection<String> ofBuild) {
    Set<String> all = new LinkedHashSet<>(passed);
    all.addAll(ofBuild);
    return Map.of(PASS, String.join(" ", all));
  }
}
