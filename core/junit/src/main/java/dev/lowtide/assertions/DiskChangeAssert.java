package dev.lowtide.assertions;

import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation.Expectation;
import dev.lowtide.verify.Verification;
import dev.lowtide.verify.Verification.Change;
import dev.lowtide.verify.Verification.Changes;
import dev.lowtide.verify.Verification.Kind;
import java.util.function.Function;
import java.util.function.Predicate;
import org.assertj.core.api.AbstractAssert;

/** Assertions about how locations have changed. */
@SuppressWarnings("exports") // AssertJ is optional: only callers of this class need it
public final class DiskChangeAssert extends AbstractAssert<DiskChangeAssert, DiskBaseline> {
  private final DiskBaseline before;

  DiskChangeAssert(DiskBaseline before, DiskBaseline after) {
    super(after, DiskChangeAssert.class);
    this.before = before;
  }

  /** Verifies that every location meets the expectation of the former baseline. */
  public DiskChangeAssert isAsExpected() {
    return holds(Verification.compare(before, actual));
  }

  /** Verifies that no location has grown by more than this, whatever else has changed in it. */
  public DiskChangeAssert grewByAtMost(ByteSize most) {
    return holds(
        Verification.compare(
            before.expecting(rules -> rules.expecting(Expectation.BOUNDED).tolerating(most)),
            actual));
  }

  private DiskChangeAssert holds(Verification verification) {
    if (!verification.passed()) {
      failWithMessage("%s", "The disk is not as expected:\n" + verification.explain());
    }
    return this;
  }

  /** Verifies that nothing new exists. */
  public DiskChangeAssert leftNothingNew() {
    return leftNothingNewExcept();
  }

  /** Verifies that nothing new exists, except for what the globs match. */
  public DiskChangeAssert leftNothingNewExcept(String... globs) {
    return hasNone(
        "new",
        before.excepting(globs),
        Verification.Location::grown,
        change -> change.kind() == Kind.CREATED);
  }

  /** Verifies that everything that existed still exists. */
  public DiskChangeAssert lostNothing() {
    return hasNone("gone", before, Verification.Location::vanished, change -> true);
  }

  /** Verifies that every file that still exists is unchanged; see {@link Expectation#UNCHANGED}. */
  public DiskChangeAssert replacedNothing() {
    return hasNone("changed", before, Verification.Location::replaced, change -> true);
  }

  private DiskChangeAssert hasNone(
      String what,
      DiskBaseline since,
      Function<Verification.Location, Changes> changes,
      Predicate<Change> matches) {
    StringBuilder message = new StringBuilder();
    for (Verification.Location location : Verification.compare(since, actual).locations()) {
      Changes all = changes.apply(location);
      long count = what.equals("new") ? all.created() : all.count();
      if (count > 0) {
        message.append("\n").append(count).append(" in ");
        message.append(Printable.of(location.name())).append(":\n");
        all.largest().stream()
            .filter(matches)
            .forEach(change -> message.append("  ").append(change).append('\n'));
      }
    }
    if (!message.isEmpty()) {
      failWithMessage("%s", "Nothing should be " + what + ", but this is:" + message);
    }
    return this;
  }
}
