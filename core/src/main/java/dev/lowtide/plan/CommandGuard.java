package dev.lowtide.plan;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.probe.Entry;
import java.util.List;

/**
 * Keeps what a command would be run for that its policy does not declare: a plan may come from
 * anybody, and the name of a program says little about what it does.
 */
final class CommandGuard implements Guard {
  private final Guards.Rules rules;

  CommandGuard(Guards.Rules rules) {
    this.rules = rules;
  }

  @Override
  public String id() {
    return "command";
  }

  @Override
  public Verdict check(String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    List<CommandShape> known = rules.commands().getOrDefault(policy, List.of());
    for (List<String> argv : candidate.commands()) {
      if (known.stream().noneMatch(each -> each.matches(argv, candidate.path()))) {
        return Verdict.refused(
            "'"
                + Printable.of(String.join(" ", argv))
                + "' is not a command that "
                + Printable.of(policy)
                + " runs for "
                + Printable.of(candidate.path()));
      }
    }
    return Verdict.ALLOWED;
  }
}
