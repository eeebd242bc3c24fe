/**
 * The types that every part of Lowtide uses: a {@link dev.lowtide.CleanupTarget} is a directory in
 * which policies may propose what to remove, and a {@link dev.lowtide.HostEnvironment} describes
 * the machine and the user.
 *
 * <p>Start with {@code dev.lowtide.execute.Lowtide} to use the library, with {@code
 * dev.lowtide.policy.Policy} to extend it.
 */
@NullMarked
package dev.lowtide;

import org.jspecify.annotations.NullMarked;
