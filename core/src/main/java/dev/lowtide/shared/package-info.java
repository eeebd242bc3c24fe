/**
 * Types that core shares only with the policies of this project: the module exports the package to
 * them alone, and it may change without notice.
 */
@NullMarked
package dev.lowtide.shared;

import org.jspecify.annotations.NullMarked;
