/**
 * The {@code lowtide} command: {@link dev.lowtide.examples.Main} starts the commands of {@code
 * dev.lowtide.examples.cli} and {@code dev.lowtide.examples.wheels}.
 */
@NullMarked
package dev.lowtide.examples;

import org.jspecify.annotations.NullMarked;
