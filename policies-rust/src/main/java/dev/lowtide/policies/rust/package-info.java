/**
 * The place of the policies for Rust, which are not there yet.
 *
 * <p>Start with {@link dev.lowtide.policies.rust.RustPolicies}, the only type.
 */
@NullMarked
package dev.lowtide.policies.rust;

import org.jspecify.annotations.NullMarked;
