/**
 * Applies plans: {@link dev.lowtide.execute.Lowtide} is the entry point of the library, and a
 * {@link dev.lowtide.execute.PlanExecutor} carries out a {@link dev.lowtide.plan.CleanupPlan}. This
 * package does not decide what may be removed.
 */
@NullMarked
package dev.lowtide.execute;

import org.jspecify.annotations.NullMarked;
