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

/** Assertions about the difference between what places held before and hold after. */
@SuppressWarnings("exports") // who calls this has AssertJ; who does not, need not
public final class DiskChangeAssert extends AbstractAssert<DiskChangeAssert, DiskBaseline> {
  private final DiskBaseline before;

  DiskChangeAssert(DiskBaseline before, DiskBaseline after) {
    super(after, DiskChangeAssert.class);
    this.before = before;
  }

  /** Every place is as the baseline from before expects it to be. */
  public DiskChangeAssert isAsExpected() {
    return holds(Verification.compare(before, actual));
  }

  /** No place takes so much more than before, whatever else has become of it. */
  public DiskChangeAssert grewByAtMost(ByteSize most) {
    return holds(
        Verification.compare(
            before.expecting(rules -> rules.expecting(Expectation.BOUNDED).tolerating(most)),
            actual));
  }

  private DiskChangeAssert holds(Verification verification) {
    if (!verification.passed()) {
      failWithMessage("%s", "The disk is not where it was:\n" + verification.explain());
    }
    return this;
  }

  /** There is nothing that was not there before. */
  public DiskChangeAssert leftNothingNew() {
    return leftNothingNewExcept();
  }

  /** There is nothing that was not there before, but for what the globs name. */
  public DiskChangeAssert leftNothingNewExcept(String... globs) {
    return hasNone(
        "new",
        before.excepting(globs),
        Verification.Location::grown,
        change -> change.kind() == Kind.CREATED);
  }

  /** Everything that was there is still there. */
  public DiskChangeAssert lostNothing() {
    return hasNone("gone", before, Verification.Location::vanished, change -> true);
  }

  /** Every file that is still there is as it was; see {@link Expectation#UNCHANGED}. */
  public DiskChangeAssert replacedNothing() {
    return hasNone("not as it was", before, Verification.Location::replaced, change -> true);
  }

  private DiskChangeAssert hasNone(
      String what,
      DiskBaseline since,
      Function<Verification.Location, Changes> changes,
      Predicate<Change> matches) {
    StringBuilder blame = new StringBuilder();
    for (Verification.Location location : Verification.compare(since, actual).locations()) {
      Changes all = changes.apply(location);
      long count = what.equals("new") ? all.created() : all.count();
      if (count > 0) {
        blame.append("\n").append(count).append(" of ").append(what).append(" in ");
        blame.append(Printable.of(location.name())).append(":\n");
        all.largest().stream()
            .filter(matches)
            .forEach(change -> blame.append("  ").append(change).append('\n'));
      }
    }
    if (!blame.isEmpty()) {
      failWithMessage("%s", "Nothing should be " + what + ", and there is:" + blame);
    }
    return this;
  }
}
