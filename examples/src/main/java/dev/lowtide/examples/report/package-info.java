/**
 * What a command has found or done, for people and for monitoring: {@link
 * dev.lowtide.examples.report.Report} is one HTML file without network access, {@link
 * dev.lowtide.examples.report.Metrics} a file for Prometheus. Both only show; nothing here decides
 * or measures by other means than {@link dev.lowtide.probe}.
 */
@NullMarked
package dev.lowtide.examples.report;

import org.jspecify.annotations.NullMarked;
