package dev.lowtide.plan;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Explanation;
import dev.lowtide.probe.Entry;
import java.util.Optional;

/**
 * Keeps what holds entries that the account of its policy does not explain, and what no loaded
 * policy can have proposed.
 */
final class UnexplainedGuard implements Guard {
  private final Guards.Rules rules;

  UnexplainedGuard(Guards.Rules rules) {
    this.rules = rules;
  }

  @Override
  public String id() {
    return "unexplained";
  }

  @Override
  public Verdict check(String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    Optional<Account> account = rules.accounts().get(policy);
    if (account == null) {
      return Verdict.refused(
          "there is no policy '" + Printable.of(policy) + "' here that explains it; load that one");
    }
    boolean isRead = target.kind() != CleanupTarget.Kind.STORE;
    if (account.isEmpty() || rules.takeUnexplained() || !isRead) {
      return Verdict.ALLOWED;
    }
    Explanation explanation = account.get().explain(subtree, rules.host());
    return explanation.isComplete()
        ? Verdict.ALLOWED
        : Verdict.refused(
            explanation
                + "; move away what is needed, or allow its removal with --take-unexplained");
  }
}
