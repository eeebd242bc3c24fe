/**
 * The policies for what cargo and sccache keep, and what is known about sccache.
 *
 * <p>Start with {@link dev.lowtide.policies.rust.RustPolicies}; {@link
 * dev.lowtide.policies.rust.SccacheStats} is of use without it.
 */
@NullMarked
package dev.lowtide.policies.rust;

import org.jspecify.annotations.NullMarked;
