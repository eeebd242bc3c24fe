/**
 * The policies for what cargo builds into target directories.
 *
 * <p>Start with {@link dev.lowtide.policies.rust.builds.TargetPolicies}. From the file to the
 * decision: {@link dev.lowtide.policies.rust.builds.Fingerprint}, {@link
 * dev.lowtide.policies.rust.builds.Unit}, {@link dev.lowtide.policies.rust.target.Profile}, {@link
 * dev.lowtide.policies.rust.builds.TargetDirectory}, {@link
 * dev.lowtide.policies.rust.builds.UnitGraph}, {@link dev.lowtide.policies.rust.target.StaleUnits}.
 */
@NullMarked
package dev.lowtide.policies.rust.builds;

import org.jspecify.annotations.NullMarked;
