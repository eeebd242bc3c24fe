package dev.lowtide.policies.rust;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The provider for Rust, which has no policies yet: it looks nowhere, proposes nothing, and knows
 * no settings. It is there so that {@code rust} is a name that selects nothing, and no error.
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
    if (!settings.isEmpty()) {
      throw new IllegalArgumentException(
          "There is no setting "
              + String.join(", ", new TreeSet<>(settings.keySet()))
              + " for rust, which has none; remove it");
    }
    return List.of();
  }
}
