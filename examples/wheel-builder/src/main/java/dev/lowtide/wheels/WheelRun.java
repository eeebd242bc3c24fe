package dev.lowtide.wheels;

import com.google.common.collect.Maps;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.Inputs;
import dev.lowtide.cli.Progress;
import dev.lowtide.cli.UsageException;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.WorkDirectories;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What all wheels of a run share: what the options mean on this machine.
 *
 * @param matrix the variants and their requirements
 * @param jobs one for each wheel
 * @param output the directory for the wheels
 * @param directory contains everything that the run makes
 * @param cibuildwheel the frontend, if it is not pip
 * @param created records the directories that did not exist before
 */
record WheelRun(
    HostEnvironment host,
    WheelOptions options,
    Matrix matrix,
    Source source,
    List<WheelBuild.Job> jobs,
    Path workspace,
    Path output,
    Path directory,
    Optional<Cibuildwheel> cibuildwheel,
    Caches caches,
    CommandRunner commands,
    Sweeper sweeper,
    WorkDirectories created,
    Progress progress) {

  /**
   * Resolves the options.
   *
   * @param capturesTrees whether a report will show what the builds left
   * @throws UsageException if they are wrong on this machine
   * @throws IllegalArgumentException if one of them is wrong, with a message for the user
   */
  static WheelRun of(
      WheelOptions options,
      boolean capturesTrees,
      HostEnvironment host,
      CommandRunner commands,
      Progress progress)
      throws IOException {
    options.check();
    Matrix matrix = Matrix.read(host, options.matrix);
    List<Matrix.Variant> variants = matrix.select(options.variants);
    // The workspace is cleaned, so its path must be unambiguous
    String checked = CleanupTarget.checkedRoot(host.path(options.workspace)).toString();
    Path workspace = Inputs.directory(host, checked, "--workspace");
    Path output = Inputs.directory(host, options.outputDir, "--output-dir");
    Source source =
        Source.of(
            options.source,
            host.workingDirectory(),
            new Source.Git.Manner(commands, options.submodules, progress::warn),
            Set.of(workspace, output));
    Interpreters interpreters = new Interpreters(host, commands);
    List<PythonVersion> versions;
    if (options.pythonVersions == null) {
      versions = List.of(interpreters.preferred());
      progress.info("--python-versions is not given; building for Python " + versions.get(0));
    } else {
      versions = PythonVersion.parseList(options.pythonVersions);
    }
    Optional<Cibuildwheel> cibuildwheel =
        options.frontend == WheelOptions.Frontend.CIBUILDWHEEL
            ? Optional.of(Cibuildwheel.on(host))
            : Optional.empty();
    Map<PythonVersion, Path> pythons =
        cibuildwheel.isPresent() // which brings its own
            ? Maps.toMap(versions, version -> cibuildwheel.get().executable())
            : interpreters.require(versions);
    List<WheelBuild.Job> jobs = new ArrayList<>();
    for (Optional<String> ref : options.states()) {
      pythons.forEach(
          (version, interpreter) ->
              variants.forEach(
                  variant -> jobs.add(new WheelBuild.Job(variant, version, interpreter, ref))));
    }
    Path directory = workspace.resolve("lowtide-" + UUID.randomUUID().toString().substring(0, 13));
    return new WheelRun(
        host,
        options,
        matrix,
        source,
        jobs,
        workspace,
        output,
        directory,
        cibuildwheel,
        Caches.of(options.caches, cibuildwheel.isPresent(), host, directory),
        commands,
        new Sweeper(host, output, capturesTrees, progress),
        new WorkDirectories(),
        progress);
  }

  /** Prints what will be used. */
  void describe() {
    progress.info("Source: " + source.describe());
    progress.info("Workspace: " + workspace + ", output: " + output);
    jobs.stream()
        .map(job -> "Python " + job.python() + ": " + job.interpreter())
        .distinct()
        .forEach(progress::info);
  }
}
