/**
 * What keeps a candidate from being removed. {@link dev.lowtide.guard.Guards} asks all guards in
 * their order, one class for each; {@link dev.lowtide.guard.TargetRoots} says which directories may
 * be cleaned at all. Not exported from the module: guards cannot be added or left out from outside.
 */
@NullMarked
package dev.lowtide.guard;

import org.jspecify.annotations.NullMarked;
