package dev.lowtide.planner;

import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.Printable;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Candidate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Collects what is kept, with the reasons, and sends an event for each to the listener. Not
 * thread-safe.
 */
final class Refusals {
  private final List<Refusal> all = new ArrayList<>();
  private final Set<Path> managed = new HashSet<>();
  private final CleanupListener listener;

  Refusals(CleanupListener listener) {
    this.listener = listener;
  }

  void add(String policy, Path path, String guard, String reason) {
    add(new Refusal(policy, path, guard, reason));
  }

  /**
   * Adds a candidate. If it has a name, since its path is not descriptive, the reason begins with
   * it.
   */
  void add(String policy, Candidate candidate, String guard, String reason) {
    String fullReason = candidate.name().map(name -> name + ": " + reason).orElse(reason);
    add(new Refusal(policy, candidate.path(), guard, fullReason));
  }

  void add(Refusal refusal) {
    all.add(refusal);
    listener.on(
        new CleanupListener.Event(
            CleanupListener.Kind.REFUSED,
            refusal.path(),
            refusal.policy(),
            refusal.reason(),
            BoundedSize.ZERO));
  }

  /**
   * Adds a path because a tool manages a directory. If the path is in the directory, the directory
   * is added instead, once, whatever policies propose in it.
   *
   * @param path a path in the directory, or one that contains it
   */
  void addManaged(String policy, Path path, Path directory, String tool) {
    if (!path.startsWith(directory)) {
      add(
          policy,
          path,
          "kept-by-tool",
          Printable.of(directory) + " in it is a directory that " + tool + " keeps");
    } else if (managed.add(directory)) {
      add(
          policy,
          directory,
          "kept-by-tool",
          tool + " keeps it; only the policies for " + tool + " clean it, with --caches");
    }
  }

  /** All refusals, sorted by path and then by policy. */
  List<Refusal> sorted() {
    return all.stream()
        .sorted(Comparator.comparing(Refusal::path).thenComparing(Refusal::policy))
        .toList();
  }
}
