/**
 * The policies for what cargo, rustc and sccache leave behind, and the statistics of sccache.
 *
 * <p>{@link dev.lowtide.policies.rust.RustPolicies} lists the policies; those for target
 * directories are in {@code builds}, that for cargo's home is in {@code cargohome}, and neither
 * uses the other. {@link dev.lowtide.policies.rust.SccacheStats} can be used without the policies.
 */
@NullMarked
package dev.lowtide.policies.rust;

import org.jspecify.annotations.NullMarked;
