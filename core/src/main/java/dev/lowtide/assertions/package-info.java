/**
 * Assertions in the manner of AssertJ, which is an optional dependency of this package alone: begin
 * with {@link dev.lowtide.assertions.DiskAssertions}. Without AssertJ there are {@link
 * dev.lowtide.verify.Verification#orThrow} and {@link dev.lowtide.execute.CleanupReport#orThrow}.
 */
@NullMarked
package dev.lowtide.assertions;

import org.jspecify.annotations.NullMarked;
