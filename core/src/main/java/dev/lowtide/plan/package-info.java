/**
 * Plans as data: a {@link dev.lowtide.plan.CleanupPlan} with its items and refusals, as objects and
 * as JSON, and {@link dev.lowtide.plan.PolicyFile}, which configures planning. This package does
 * not decide or delete anything.
 */
@NullMarked
package dev.lowtide.plan;

import org.jspecify.annotations.NullMarked;
