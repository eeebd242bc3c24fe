/**
 * The {@code lowtide} command: {@link dev.lowtide.examples.Main} puts the commands together, {@code
 * dev.lowtide.examples.cli} has them.
 */
@NullMarked
package dev.lowtide.examples;

import org.jspecify.annotations.NullMarked;
