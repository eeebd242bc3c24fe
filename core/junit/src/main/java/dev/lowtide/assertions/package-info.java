/**
 * Assertions for AssertJ, which is an optional dependency that only this package needs; the entry
 * point is {@link dev.lowtide.assertions.DiskAssertions}. Without AssertJ, use {@link
 * dev.lowtide.verify.Verification#orThrow} and {@link dev.lowtide.execute.CleanupReport#orThrow}.
 */
@NullMarked
package dev.lowtide.assertions;

import org.jspecify.annotations.NullMarked;
