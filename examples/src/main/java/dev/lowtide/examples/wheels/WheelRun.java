package dev.lowtide.examples.wheels;

import dev.lowtide.HostEnvironment;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.examples.cli.Progress;
import dev.lowtide.execute.CreatedDirectories;
import dev.lowtide.execute.GracefulShutdown;
import dev.lowtide.probe.SizeProbe;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What all wheels of a run share.
 *
 * @param directory contains everything that the run makes
 * @param outputDirectory for the wheels
 * @param uv the uv on {@code PATH}, if there is one
 * @param created records the directories that did not exist before
 */
record WheelRun(
    HostEnvironment host,
    Options options,
    Path directory,
    Path outputDirectory,
    Source source,
    Caches caches,
    CommandRunner commands,
    Optional<Path> uv,
    SizeProbe probe,
    Sweeper sweeper,
    CreatedDirectories created,
    GracefulShutdown shutdown,
    Progress progress) {

  /**
   * The options of a run.
   *
   * @param maxJobs the builds' {@code MAX_JOBS}
   * @param versionSuffix {@code .postN}, {@code .devN} or empty
   * @param buildRequirements a requirements file in the source, for a build without isolation
   * @param cibuildwheel the frontend, if it is not pip
   * @param timeout for each command of a build
   * @param cleanup whether anything is removed
   */
  record Options(
      int maxJobs,
      String versionSuffix,
      Optional<String> buildRequirements,
      Optional<Cibuildwheel> cibuildwheel,
      Duration timeout,
      boolean cleanup) {}
}
