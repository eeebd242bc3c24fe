/**
 * From proposals to a plan: a {@link dev.lowtide.plan.Planner} asks policies and guards, and what
 * comes out is a {@link dev.lowtide.plan.CleanupPlan}, which is data. Nothing in here can delete.
 */
@NullMarked
package dev.lowtide.plan;

import org.jspecify.annotations.NullMarked;
