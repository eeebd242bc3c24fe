package dev.lowtide.wheels;

import com.google.common.base.Splitter;
import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.UsageException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * cibuildwheel 2.10 or newer as the frontend: on Linux it builds in a container, with its own
 * Pythons.
 *
 * @param executable on {@code PATH}
 * @param platform the last part of its build identifiers, such as {@code manylinux_x86_64}
 * @param passed the variables that the user passes into its containers
 */
record Cibuildwheel(Path executable, String platform, List<String> passed) {
  static final String EXECUTABLE = "cibuildwheel";
  private static final String PASS = "CIBW_ENVIRONMENT_PASS_LINUX";

  /**
   * Finds cibuildwheel on a machine.
   *
   * @throws UsageException if it is missing
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

  /** The command that builds a wheel of the project in its working directory. */
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
   * The variables for cibuildwheel itself.
   *
   * @param buildVariables names of the variables that it must pass to the build
   */
  Map<String, String> variables(Collection<String> buildVariables) {
    Set<String> all = new LinkedHashSet<>(passed);
    all.addAll(buildVariables);
    return Map.of(PASS, String.join(" ", all));
  }
}
