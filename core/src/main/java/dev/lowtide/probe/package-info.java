/**
 * Measures trees: {@link dev.lowtide.probe.SizeProbe} gives the disk usage of a tree as {@link
 * dev.lowtide.probe.DiskUsage} totals or as a {@link dev.lowtide.probe.Snapshot} of all its
 * entries.
 */
@NullMarked
package dev.lowtide.probe;

import org.jspecify.annotations.NullMarked;
