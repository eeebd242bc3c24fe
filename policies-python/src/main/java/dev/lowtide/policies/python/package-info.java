/**
 * The policies for what builds of Python wheels leave behind.
 *
 * <p>{@link dev.lowtide.policies.python.PythonPolicies} lists them; each is in the package of what
 * it knows: {@code environments}, {@code sources}, {@code temporary}, {@code buildtrees}, {@code
 * caches}. These use {@code places} and {@code files}. Only this package is exported.
 */
@NullMarked
package dev.lowtide.policies.python;

import org.jspecify.annotations.NullMarked;
