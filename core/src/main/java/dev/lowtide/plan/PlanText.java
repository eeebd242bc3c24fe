package dev.lowtide.plan;

import dev.lowtide.BoundedSize;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Requirement;
import dev.lowtide.policy.Requirement.Stopped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes a plan as text for people. For a plan with many items it shows the totals by policy, the
 * largest items and every item that runs a command. For a plan that keeps many paths it shows the
 * number of paths for each guard and some examples. An instance is for one plan and one thread.
 */
final class PlanText {
  /** Up to this many items, or kept paths, are shown one by one. */
  private static final int MAX_SHOWN = 20;

  private static final int MAX_LARGEST = 10;
  private static final int MAX_EXAMPLES = 3;

  /** The indentation of the reasons. */
  private static final String INDENT = " ".repeat(14);

  private static final Pattern NEEDS_NO_QUOTES = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  private final CleanupPlan plan;
  private final boolean everything;
  private final StringBuilder text = new StringBuilder();

  private PlanText(CleanupPlan plan, boolean everything) {
    this.plan = plan;
    this.everything = everything;
  }

  /** A text of about one page, however large the plan is. */
  static String page(CleanupPlan plan) {
    return new PlanText(plan, false).write();
  }

  /** A text with every item and every kept path. */
  static String everything(CleanupPlan plan) {
    return new PlanText(plan, true).write();
  }

  private String write() {
    for (CleanupTarget target : plan.targets()) {
      line(Printable.of(target.id()) + ": " + Printable.of(target.root()));
    }
    items();
    refusals();
    problems();
    if (!plan.notes().isEmpty()) {
      line("\nNotes:");
      plan.notes().forEach(note -> line("  " + Printable.of(note)));
    }
    int count = plan.items().size();
    line("\nReclaimable: " + plan.reclaimable() + " in " + count(count, "item"));
    return text.toString();
  }

  private void items() {
    List<PlanItem> items = plan.items();
    if (items.isEmpty()) {
      line("\nNothing to remove.");
      return;
    }
    if (isShown(items)) {
      line("\nTo remove:");
      items.forEach(this::item);
      return;
    }
    line("\nTo remove, by policy:");
    Map<String, List<PlanItem>> byPolicy =
        items.stream()
            .collect(Collectors.groupingBy(PlanItem::policy, TreeMap::new, Collectors.toList()));
    byPolicy.forEach(
        (policy, group) ->
            line(row(size(group), Printable.of(policy) + ": " + count(group.size(), "item"))));
    List<PlanItem> largest =
        items.stream()
            .filter(item -> commands(item.candidate()).isEmpty())
            .sorted(Comparator.comparingLong((PlanItem item) -> -item.reclaimable().bytes()))
            .limit(MAX_LARGEST)
            .toList();
    line("\nThe largest of them:");
    largest.forEach(this::item);
    List<PlanItem> commandItems =
        items.stream().filter(item -> !commands(item.candidate()).isEmpty()).toList();
    if (!commandItems.isEmpty()) {
      line("\nEach that runs a command:");
      commandItems.forEach(this::item);
    }
    int more = items.size() - largest.size() - commandItems.size();
    if (more > 0) {
      line("\n  … and " + count(more, "more item"));
    }
  }

  private void item(PlanItem item) {
    line(row(size(item), Printable.of(item.path())));
    line(INDENT + Printable.of(item.policy()) + ": " + Printable.of(item.candidate().reason()));
    commands(item.candidate()).forEach(command -> line(INDENT + command));
  }

  private void refusals() {
    List<Refusal> refused = plan.refused();
    if (refused.isEmpty()) {
      return;
    }
    line("\nTo keep:");
    if (isShown(refused)) {
      for (Refusal refusal : refused) {
        line("  " + Printable.of(refusal.path()));
        line(INDENT + policyAndGuard(refusal) + ": " + Printable.of(refusal.reason()));
      }
      return;
    }
    Map<String, List<Refusal>> byGuard =
        refused.stream()
            .collect(
                Collectors.groupingBy(PlanText::policyAndGuard, TreeMap::new, Collectors.toList()));
    byGuard.forEach(
        (policyAndGuard, group) -> {
          line("  " + policyAndGuard + ": " + count(group.size(), "path"));
          group.stream()
              .limit(MAX_EXAMPLES)
              .forEach(
                  refusal ->
                      line(
                          INDENT
                              + Printable.of(refusal.path())
                              + ": "
                              + Printable.of(refusal.reason())));
          if (group.size() > MAX_EXAMPLES) {
            line(INDENT + "… and " + count(group.size() - MAX_EXAMPLES, "more path"));
          }
        });
  }

  private static String policyAndGuard(Refusal refusal) {
    return Printable.of(refusal.policy()) + ", " + Printable.of(refusal.guard());
  }

  private void problems() {
    if (plan.problems().isEmpty()) {
      return;
    }
    line("\nUnreadable, so all numbers are \"at least\":");
    int shown = isShown(plan.problems()) ? plan.problems().size() : MAX_LARGEST;
    plan.problems().stream().limit(shown).forEach(problem -> line("  " + problem));
    if (plan.problems().size() > shown) {
      line("  … and " + count(plan.problems().size() - shown, "more path"));
    }
  }

  private boolean isShown(Collection<?> lines) {
    return everything || lines.size() <= MAX_SHOWN;
  }

  private void line(String line) {
    text.append(line).append('\n');
  }

  private static String row(String size, String what) {
    return String.format(Locale.ROOT, "  %10s  %s", size, what);
  }

  private static String count(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  /**
   * The commands in full, since a person who approves an item also approves the commands that are
   * run for it.
   */
  private static List<String> commands(Candidate candidate) {
    List<String> lines = new ArrayList<>();
    for (Requirement requirement : candidate.requires()) {
      if (requirement instanceof RunCommand command) {
        lines.add("first runs: " + quoted(command.argv()));
      } else if (requirement instanceof Stopped server) {
        lines.add("if its server runs, first runs: " + quoted(server.stop()));
        lines.add("and in the end: " + quoted(server.start()));
      }
    }
    if (candidate.action() instanceof RunCommand command) {
      lines.add("runs: " + quoted(command.argv()));
    }
    return lines;
  }

  /** Quoted as for a shell, so that the arguments can be distinguished. */
  private static String quoted(List<String> argv) {
    return argv.stream()
        .map(
            argument ->
                NEEDS_NO_QUOTES.matcher(argument).matches()
                    ? argument
                    : "'" + Printable.of(argument.replace("'", "'\\''")) + "'")
        .collect(Collectors.joining(" "));
  }

  private static String size(PlanItem item) {
    return item.candidate().action() instanceof RunCommand command
            && command.estimatedBytes().isPresent()
        ? "~" + new ByteSize(command.estimatedBytes().getAsLong())
        : item.reclaimable().toString();
  }

  private static String size(List<PlanItem> items) {
    return items.stream()
        .map(PlanItem::reclaimable)
        .reduce(BoundedSize.ZERO, BoundedSize::plus)
        .toString();
  }
}
