package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.util.Optional;

/**
 * Keeps candidates with entries that the account of their policy does not explain, and candidates
 * that no loaded policy can have proposed. The user may allow the removal of unexplained entries,
 * but not of a candidate that is itself unexplained, since then nothing proves what it is.
 */
final class UnexplainedGuard implements Guard {
  private final GuardRules rules;

  UnexplainedGuard(GuardRules rules) {
    this.rules = rules;
  }

  @Override
  public String id() {
    return "unexplained";
  }

  /**
   * False, although the guard reads the tree: it is also called for a store, where it only checks
   * whether the policy is loaded.
   */
  @Override
  public boolean readsTree() {
    return false;
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    Optional<Account> account = rules.accounts().get(policy);
    if (account == null) {
      return Optional.of(
          "the policy '"
              + Printable.of(policy)
              + "' is not loaded, so nothing can explain it; load that policy");
    }
    if (account.isEmpty() || target.kind() == CleanupTarget.Kind.STORE) {
      return Optional.empty();
    }
    Explanation explanation = account.get().explain(subtree, rules.host());
    if (explanation.isComplete()) {
      return Optional.empty();
    } else if (explanation.isMissingFor(subtree)) {
      return Optional.of(explanation + "; if you know what it is, remove it by hand");
    }
    return rules.takeUnexplained()
        ? Optional.empty()
        : Optional.of(explanation + "; move away what you need, or add --take-unexplained");
  }
}
