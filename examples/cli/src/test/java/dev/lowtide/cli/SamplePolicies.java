package dev.lowtide.cli;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Gauge;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * An ecosystem for tests: {@code sample.out} removes directories named {@code out}, {@code
 * sample.cache} the content of {@code ~/.cache/sample}, whose size the gauge {@code sample.size}
 * reports. Only a tool may remove what is in {@code ~/project/tools}.
 */
final class SamplePolicies implements PolicyProvider {
  @Override
  public String ecosystem() {
    return "sample";
  }

  @Override
  public List<CleanupTarget> discover(HostEnvironment host) {
    return List.of(CleanupTarget.cache("sample-cache", cache(host)));
  }

  @Override
  public Set<Path> contentAddressed(HostEnvironment host) {
    return Set.of(cache(host));
  }

  @Override
  public Set<Path> keptByTools(HostEnvironment host) {
    return Set.of(host.home().resolve("project").resolve("tools"));
  }

  static Path cache(HostEnvironment host) {
    return host.cacheHome().resolve("sample");
  }

  @Override
  public List<Policy> policies(Map<String, String> settings) {
    for (String setting : settings.keySet()) {
      if (!setting.equals("name")) {
        throw new IllegalArgumentException("There is no setting '" + setting + "'; there is name");
      }
    }
    String name = settings.getOrDefault("name", "out");
    return List.of(new Outputs(name), new Cached());
  }

  @Override
  public List<Gauge> gauges() {
    return List.of(
        new Gauge(
            "sample.size",
            Gauge.Unit.BYTES,
            "what the cache takes",
            examination ->
                examination
                    .usage(cache(examination.host()))
                    .map(usage -> Gauge.Reading.of(usage.apparentBytes(), "in its files"))));
  }

  /** Proposes everything in a directory of that name. */
  @Override
  public Map<String, DiskUsage> packagesIn(Entry directory) {
    Map<String, DiskUsage> packages = new TreeMap<>();
    if (directory.name().equals("packages")) {
      directory.children().forEach(each -> packages.put("package " + each.name(), each.usage()));
    }
    return packages;
  }

  private record Outputs(String name) implements Policy {
    @Override
    public String id() {
      return "sample.out";
    }

    @Override
    public String description() {
      return "build outputs";
    }

    @Override
    public RebuildCost cost() {
      return RebuildCost.COMPUTE;
    }

    @Override
    public List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
      return snapshot
          .entries()
          .filter(Entry::isDirectory)
          .filter(entry -> entry.name().equals(name))
          .map(
              entry ->
                  Candidate.delete(
                          entry, Cause.REGENERABLE, cost(), "the next build makes it again")
                      .lastUsedAt(entry.newestModified()))
          .toList();
    }
  }

  private record Cached() implements Policy {
    @Override
    public String id() {
      return "sample.cache";
    }

    @Override
    public String description() {
      return "downloads";
    }

    @Override
    public RebuildCost cost() {
      return RebuildCost.DOWNLOAD;
    }

    @Override
    public boolean appliesTo(CleanupTarget target) {
      return target.kind() == CleanupTarget.Kind.CACHE;
    }

    @Override
    public List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
      return snapshot.root().children().stream()
          .map(entry -> Candidate.delete(entry, Cause.REGENERABLE, cost(), "it can be fetched"))
          .toList();
    }
  }
}
