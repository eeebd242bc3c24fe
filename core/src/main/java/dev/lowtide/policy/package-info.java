/**
 * Deciding what may go: a {@link dev.lowtide.policy.Policy} looks at a snapshot and proposes {@link
 * dev.lowtide.policy.Candidate candidates}; a {@link dev.lowtide.policy.PolicyProvider} brings the
 * policies of one ecosystem. Nothing in here can delete.
 */
@NullMarked
package dev.lowtide.policy;

import org.jspecify.annotations.NullMarked;
