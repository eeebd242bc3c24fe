/**
 * The policies for what cargo and rustc leave behind.
 *
 * <p>Start with {@link dev.lowtide.policies.rust.RustPolicies}.
 */
@NullMarked
package dev.lowtide.policies.rust;

import org.jspecify.annotations.NullMarked;
