package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.QuarantinePlace;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.time.Clock;
import java.util.Optional;

/** Keeps what contains a quarantine with trees that can be restored. */
public final class QuarantineGuard implements Guard {
  private final Clock clock;

  QuarantineGuard(GuardRules rules) {
    clock = rules.clock();
  }

  /** Whether an entry has the name of a quarantine. */
  public static boolean isQuarantine(Entry entry) {
    return entry.nameStartsWith(QuarantinePlace.NAME_PREFIX)
        && entry.isDirectory()
        && QuarantinePlace.isQuarantine(entry.path());
  }

  @Override
  public String id() {
    return "quarantine";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    long now = clock.instant().getEpochSecond();
    return subtree
        .entries()
        .filter(QuarantineGuard::isQuarantine)
        .flatMap(quarantine -> quarantine.children().stream())
        .filter(tree -> canBeRestored(tree, now))
        .findFirst()
        .map(
            tree ->
                Printable.of(tree.path())
                    + " in it can still be restored; restore or purge it with 'lowtide trash'"
                    + " first");
  }

  private static boolean canBeRestored(Entry tree, long now) {
    return QuarantineName.parse(tree.path()).filter(it -> it.untilSecond() > now).isPresent();
  }
}
