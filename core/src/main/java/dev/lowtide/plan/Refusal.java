package dev.lowtide.plan;

import java.nio.file.Path;

/**
 * Something that a policy named and that stays.
 *
 * @param policy the id of the policy
 * @param path absolute
 * @param guard the id of the guard that keeps it; or {@code evidence} where the policy itself does,
 *     {@code budget} where it would make next to nothing free, {@code order} where something stays
 *     that must go first, {@code goal} where a {@link SpaceGoal} is met without it, {@code policy}
 *     where that failed
 * @param reason why, as a sentence for people
 */
public record Refusal(String policy, Path path, String guard, String reason) {}
