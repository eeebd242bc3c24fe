package dev.lowtide.execute;

import dev.lowtide.command.CommandRunner;
import dev.lowtide.probe.SizeProbe;
import java.time.Duration;

/**
 * The objects with which a run removes.
 *
 * @param undoFor how long what the run removes can be restored; zero for not at all
 * @param freeLater whether the run only moves items away
 */
record RemovalTools(
    SizeProbe probe,
    Deleter deleter,
    CommandRunner commands,
    Duration undoFor,
    boolean freeLater) {}
