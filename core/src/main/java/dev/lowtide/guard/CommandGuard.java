package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.probe.Entry;
import java.util.List;
import java.util.Optional;

/**
 * Keeps candidates that need a command which their policy does not declare: anybody may have
 * written the plan, and the name of a program does not show what it does.
 */
final class CommandGuard implements Guard {
  private final GuardRules rules;

  CommandGuard(GuardRules rules) {
    this.rules = rules;
  }

  @Override
  public String id() {
    return "command";
  }

  @Override
  public boolean readsTree() {
    return false;
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    List<CommandShape> declared = rules.commands().getOrDefault(policy, List.of());
    return candidate.commands().stream()
        .filter(argv -> declared.stream().noneMatch(it -> it.matches(argv, candidate.path())))
        .findFirst()
        .map(
            argv ->
                "'"
                    + Printable.of(String.join(" ", argv))
                    + "' is not a command that "
                    + Printable.of(policy)
                    + " runs for "
                    + Printable.of(candidate.path()));
  }
}
