package dev.lowtide.wheels;

import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.GracefulShutdown;
import dev.lowtide.cli.Progress;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.WorkDirectories;
import dev.lowtide.probe.SizeProbe;
import java.nio.file.Path;

/**
 * What all wheels of a run share.
 *
 * @param directory contains everything that the run makes
 * @param created records the directories that did not exist before
 */
record WheelRun(
    HostEnvironment host,
    WheelOptions options,
    Matrix matrix,
    Path directory,
    Caches caches,
    CommandRunner commands,
    SizeProbe probe,
    Sweeper sweeper,
    WorkDirectories created,
    GracefulShutdown shutdown,
    Progress progress) {}
