package dev.lowtide.execute;

import dev.lowtide.command.CommandRunner;
import dev.lowtide.probe.SizeProbe;
import java.time.Duration;

/**
 * What a run removes with.
 *
 * @param undoFor how long what it removes can be restored; zero for not at all
 * @param freeLater whether it only moves away what it would remove now
 */
record RemovalTools(
    SizeProbe probe,
    Deleter deleter,
    CommandRunner commands,
    Duration undoFor,
    boolean freeLater) {}
