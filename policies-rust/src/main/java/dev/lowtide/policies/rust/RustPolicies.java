package dev.lowtide.policies.rust;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.rust.target.TargetPolicies;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The policies for what cargo and rustc leave behind.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class RustPolicies implements PolicyProvider {
  /** For {@link java.util.ServiceLoader}; there is nothing to configure. */
  public RustPolicies() {}

  @Override
  public String ecosystem() {
    return "rust";
  }

  @Override
  public List<CleanupTarget> discover(HostEnvironment host) {
    return List.of();
  }

  @Override
  public List<Policy> policies(Map<String, String> settings) {
    Set<String> known = new TreeSet<>(TargetPolicies.settings());
    for (String name : new TreeSet<>(settings.keySet())) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "There is no setting "
                + name
                + " for rust; there are "
                + String.join(", ", known));
      }
    }
    List<Policy> policies = new ArrayList<>();
    policies.addAll(TargetPolicies.of(settings));
    return List.copyOf(policies);
  }

  @Override
  public Set<String> commands() {
    return Set.of("cargo");
  }
}
