/**
 * The result of a command for people and for monitoring: {@link dev.lowtide.examples.report.Report}
 * is an HTML file, {@link dev.lowtide.examples.report.Metrics} a file for Prometheus. Nothing here
 * decides anything.
 */
@NullMarked
package dev.lowtide.examples.report;

import org.jspecify.annotations.NullMarked;
