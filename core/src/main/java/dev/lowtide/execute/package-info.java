/**
 * Applying a plan: {@link dev.lowtide.execute.Lowtide} is the whole in a few lines, a {@link
 * dev.lowtide.execute.PlanExecutor} carries out a {@link dev.lowtide.plan.CleanupPlan}. Nothing in
 * here decides what may go.
 */
@NullMarked
package dev.lowtide.execute;

import org.jspecify.annotations.NullMarked;
