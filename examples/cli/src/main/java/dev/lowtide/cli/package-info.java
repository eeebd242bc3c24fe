/**
 * The commands of {@code lowtide}, one class each: a thin layer that turns arguments into calls of
 * the library, and results into text or JSON. Start with {@link dev.lowtide.cli.LowtideCommand}.
 */
@NullMarked
package dev.lowtide.cli;

import org.jspecify.annotations.NullMarked;
