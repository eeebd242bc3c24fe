/**
 * The result of a command for people and for monitoring: {@link dev.lowtide.cli.report.Report} is
 * an HTML file, {@link dev.lowtide.cli.report.Metrics} a file for Prometheus. Nothing here decides
 * anything.
 */
@NullMarked
package dev.lowtide.cli.report;

import org.jspecify.annotations.NullMarked;
