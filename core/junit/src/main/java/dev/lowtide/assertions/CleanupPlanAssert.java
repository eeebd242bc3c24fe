package dev.lowtide.assertions;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Globs;
import dev.lowtide.Printable;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;

/** Assertions about what a plan removes and refuses. */
@SuppressWarnings("exports") // AssertJ is optional: only callers of this class need it
public final class CleanupPlanAssert extends AbstractAssert<CleanupPlanAssert, CleanupPlan> {
  CleanupPlanAssert(CleanupPlan actual) {
    super(actual, CleanupPlanAssert.class);
  }

  /** Verifies that one of the globs matches each item of the plan. */
  public CleanupPlanAssert removesOnly(String... globs) {
    isNotNull();
    List<PlanItem> others =
        actual.items().stream().filter(item -> !covers(item.path(), globs)).toList();
    if (!others.isEmpty()) {
      failWithMessage(
          "%s",
          "The plan should remove only "
              + quoted(globs)
              + ", but it also removes:\n"
              + lines(others));
    }
    return this;
  }

  /** Verifies that each of the globs matches an item of the plan. */
  public CleanupPlanAssert removes(String... globs) {
    isNotNull();
    for (String glob : globs) {
      if (actual.items().stream().noneMatch(item -> covers(item.path(), glob))) {
        failWithMessage(
            "%s",
            "The plan should remove '"
                + glob
                + "', but it removes:\n"
                + lines(actual.items())
                + "It refuses:\n"
                + refusals());
      }
    }
    return this;
  }

  /** Verifies that the plan removes nothing. */
  public CleanupPlanAssert removesNothing() {
    return removesOnly();
  }

  /** Verifies that each of the globs matches something that a policy proposed and that is kept. */
  public CleanupPlanAssert refuses(String... globs) {
    isNotNull();
    for (String glob : globs) {
      List<PlanItem> removed =
          actual.items().stream().filter(item -> covers(item.path(), glob)).toList();
      boolean refused = actual.refused().stream().anyMatch(refusal -> covers(refusal.path(), glob));
      if (!removed.isEmpty() || !refused) {
        failWithMessage(
            "%s",
            "The plan should refuse '"
                + glob
                + "', but it "
                + (removed.isEmpty() ? "refuses:\n" + refusals() : "removes:\n" + lines(removed)));
      }
    }
    return this;
  }

  /** Verifies that the plan frees at least this many bytes. */
  public CleanupPlanAssert reclaimsAtLeast(ByteSize minimum) {
    isNotNull();
    if (actual.reclaimableBytes() < minimum.bytes()) {
      failWithMessage(
          "%s",
          "The plan should free "
              + minimum
              + ", but it frees "
              + actual.reclaimable()
              + " with:\n"
              + lines(actual.items()));
    }
    return this;
  }

  /** Whether a glob matches a path, relative to the innermost target that contains the path. */
  private boolean covers(Path path, String... globs) {
    return actual.targets().stream()
        .map(CleanupTarget::root)
        .filter(path::startsWith)
        .max(Comparator.comparingInt(Path::getNameCount))
        .filter(
            root ->
                Globs.of(root.getFileSystem(), Arrays.asList(globs)).covers(root.relativize(path)))
        .isPresent();
  }

  private static String quoted(String... globs) {
    return globs.length == 0 ? "nothing" : "'" + String.join("', '", globs) + "'";
  }

  private static String lines(List<PlanItem> items) {
    return items.isEmpty()
        ? "  nothing\n"
        : items.stream()
            .map(
                item ->
                    String.format(
                        "  %10s  %s  (%s: %s)%n",
                        item.allocated(),
                        Printable.of(item.path()),
                        Printable.of(item.policy()),
                        Printable.of(item.candidate().reason())))
            .collect(Collectors.joining());
  }

  private String refusals() {
    return actual.refused().isEmpty()
        ? "  nothing\n"
        : actual.refused().stream().map(CleanupPlanAssert::line).collect(Collectors.joining());
  }

  private static String line(Refusal refusal) {
    return String.format(
        "  %s  (%s, %s: %s)%n",
        Printable.of(refusal.path()),
        Printable.of(refusal.policy()),
        Printable.of(refusal.guard()),
        Printable.of(refusal.reason()));
  }
}
