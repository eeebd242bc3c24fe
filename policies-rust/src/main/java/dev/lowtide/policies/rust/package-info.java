/**
 * The policies for what cargo, rustc and sccache leave behind, and what is known about sccache.
 *
 * <p>Start with {@link dev.lowtide.policies.rust.RustPolicies}; {@link
 * dev.lowtide.policies.rust.SccacheStats} is of use without it.
 */
@NullMarked
package dev.lowtide.policies.rust;

import org.jspecify.annotations.NullMarked;
