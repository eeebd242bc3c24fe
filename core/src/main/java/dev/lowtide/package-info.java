/**
 * The words that every part of Lowtide uses: a {@link dev.lowtide.CleanupTarget} is a place in
 * which policies may propose, a {@link dev.lowtide.HostEnvironment} is what is known about the
 * machine.
 *
 * <p>Start with {@code dev.lowtide.execute.Lowtide} to use the library, with {@code
 * dev.lowtide.policy.Policy} to extend it.
 */
@NullMarked
package dev.lowtide;

import org.jspecify.annotations.NullMarked;
