package dev.lowtide.policies.python;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Ownership;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The policies for Python. */
public final class PythonPolicies implements PolicyProvider {
  /** For the service loader. */
  public PythonPolicies() {}

  @Override
  public String ecosystem() {
    return "python";
  }

  @Override
  public List<CleanupTarget> discover(HostEnvironment host) {
    return List.of();
  }

  @Override
  public List<Policy> policies(Map<String, String> settings) {
    return List.of(
        new Simple("python.venv", e -> e.hasFile("pyvenv.cfg")),
        new Simple("python.egg-info", e -> e.name().endsWith(".egg-info")),
        new Simple(
            "python.build-temp",
            e ->
                e.isDirectory()
                    && Ownership.of(e)
                        .filter(o -> o.isGone() || o.equals(Ownership.current()))
                        .isPresent()));
  }

  private record Simple(String id, Predicate<Entry> evidence) implements Policy {
    @Override
    public String description() {
      return id;
    }

    @Override
    public RebuildCost cost() {
      return RebuildCost.COMPUTE;
    }

    @Override
    public List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
      return snapshot
          .entries()
          .skip(1)
          .filter(evidence)
          .map(
              entry -> {
                Candidate c =
                    Candidate.delete(entry, Cause.REGENERABLE, RebuildCost.COMPUTE, description());
                return id.equals("python.build-temp") ? c.withMarker(Marker.OWNED) : c;
              })
          .toList();
    }
  }
}
