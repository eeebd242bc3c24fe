/**
 * The checks that prevent removals. {@link dev.lowtide.guard.Guards} calls all guards in their
 * order, each of which is a class; {@link dev.lowtide.guard.TargetRoots} decides which directories
 * may be cleaned at all. The package is not exported from the module, so that nobody can add or
 * disable a guard from outside.
 */
@NullMarked
package dev.lowtide.guard;

import org.jspecify.annotations.NullMarked;
