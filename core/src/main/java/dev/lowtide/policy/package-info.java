/**
 * Proposes what may be removed: a {@link dev.lowtide.policy.Policy} reads a snapshot and proposes
 * {@link dev.lowtide.policy.Candidate candidates}; a {@link dev.lowtide.policy.PolicyProvider}
 * provides the policies of one ecosystem. This package cannot delete anything.
 */
@NullMarked
package dev.lowtide.policy;

import org.jspecify.annotations.NullMarked;
