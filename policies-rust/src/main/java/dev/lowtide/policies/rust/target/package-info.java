/**
 * The policies for what cargo builds into target directories.
 *
 * <p>Start with {@link dev.lowtide.policies.rust.target.TargetPolicies}. From the file to the
 * decision: {@link dev.lowtide.policies.rust.target.Fingerprint}, {@link
 * dev.lowtide.policies.rust.target.Unit}, {@link dev.lowtide.policies.rust.target.Profile}, {@link
 * dev.lowtide.policies.rust.target.TargetDirectory}, {@link
 * dev.lowtide.policies.rust.target.UnitGraph}, {@link dev.lowtide.policies.rust.target.StaleUnits}.
 */
@NullMarked
package dev.lowtide.policies.rust.target;

import org.jspecify.annotations.NullMarked;
