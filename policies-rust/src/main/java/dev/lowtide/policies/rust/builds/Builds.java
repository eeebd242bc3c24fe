package dev.lowtide.policies.rust.builds;

import com.google.common.base.Suppliers;
import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.probe.Snapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The target directories in everything that is planned together, and which workspaces build into
 * them. A workspace and the directory into which it builds may be two roots.
 */
final class Builds {
  private final Map<Snapshot, List<TargetDirectory>> targets = new HashMap<>();
  private final Supplier<Workspaces> workspaces;

  private Builds(PolicyContext context) {
    context
        .planned()
        .forEach(
            (target, snapshot) -> {
              if (target.kind() == CleanupTarget.Kind.WORKSPACE) {
                targets.put(snapshot, TargetDirectory.in(snapshot));
              }
            });
    this.workspaces =
        Suppliers.memoize(
            () ->
                Workspaces.of(
                    targets.keySet(),
                    targets.values().stream().flatMap(List::stream).toList(),
                    context.host()));
  }

  /** What the policies that are asked for one plan share. */
  static Builds of(PolicyContext context) {
    return context.derived(Builds.class, Builds::new);
  }

  List<TargetDirectory> in(Snapshot snapshot) {
    return targets.getOrDefault(snapshot, List.of());
  }

  /** Asks cargo when it is called first. */
  Workspaces workspaces() {
    return workspaces.get();
  }
}
