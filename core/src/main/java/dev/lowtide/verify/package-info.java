/**
 * Verifies that a disk is as it was: describe each location as a {@link
 * dev.lowtide.verify.DiskLocation}, take a {@link dev.lowtide.verify.DiskBaseline} before and one
 * after, and {@linkplain dev.lowtide.verify.Verification#compare compare} them.
 */
@NullMarked
package dev.lowtide.verify;

import org.jspecify.annotations.NullMarked;
