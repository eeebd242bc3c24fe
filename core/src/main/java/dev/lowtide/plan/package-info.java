/**
 * Plans as data: a {@link dev.lowtide.plan.CleanupPlan} with its items and refusals, as objects and
 * as JSON, and {@link dev.lowtide.plan.PolicyFile}, which says what to plan. Nothing in here
 * decides or deletes.
 */
@NullMarked
package dev.lowtide.plan;

import org.jspecify.annotations.NullMarked;
