/**
 * Makes plans: {@link dev.lowtide.planner.Planner} captures targets, asks policies and guards, and
 * puts what may be removed into a {@link dev.lowtide.plan.CleanupPlan}. This package cannot delete
 * anything. It is not exported from the module.
 */
@NullMarked
package dev.lowtide.planner;

import org.jspecify.annotations.NullMarked;
