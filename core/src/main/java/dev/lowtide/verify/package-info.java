/**
 * Proving that a disk is where it was: a {@link dev.lowtide.verify.DiskBaseline} taken before, one
 * taken after, and a {@link dev.lowtide.verify.Verification} of the difference.
 */
@NullMarked
package dev.lowtide.verify;

import org.jspecify.annotations.NullMarked;
