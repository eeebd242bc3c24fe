/** The {@code lowtide} command; start with {@link Main}. */
@NullMarked
package dev.lowtide.examples;

import org.jspecify.annotations.NullMarked;
