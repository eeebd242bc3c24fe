package dev.lowtide.testing;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.util.List;
import java.util.Map;

/** An ecosystem without places and policies: a test says only what it is about. */
public interface TestProvider extends PolicyProvider {
  @Override
  default String ecosystem() {
    return "test";
  }

  @Override
  default List<CleanupTarget> discover(HostEnvironment host) {
    return List.of();
  }

  @Override
  default List<Policy> policies(Map<String, String> settings) {
    return List.of();
  }
}
