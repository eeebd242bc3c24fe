package dev.lowtide.policies.rust;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.policies.rust.builds.TargetPolicies;
import dev.lowtide.policies.rust.cargohome.CargoHome;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Gauge;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.Entry;
import dev.lowtide.verify.StandardLocation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The policies for what cargo, rustc and sccache leave behind.
 *
 * <p>Settings, in addition to those for {@linkplain TargetPolicies#settings target directories}:
 * {@code cargo-downloads}, {@code keep} (the default) or {@code remove}, whether {@code
 * rust.cargo-home} removes what a build without network needs; {@code sccache-hit-rate}, such as
 * {@code 85%}, {@code sccache-size}, such as {@code 10GiB}, and {@code target-size}: budgets for
 * sccache's cache and the target directories below the named roots, which {@link #examine} checks.
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

  /**
   * {@inheritDoc}
   *
   * <p>A variable that names a directory is used if the path is absolute.
   */
  @Override
  public List<CleanupTarget> discover(HostEnvironment host) {
    return List.of(
        CargoHome.target(host),
        SccacheCache.target(host),
        CleanupTarget.temporary(StandardLocation.TEMP.id(), host.temporaryDirectory()));
  }

  @Override
  public List<Policy> policies(Map<String, String> settings) {
    Set<String> known = new TreeSet<>(CacheSettings.names());
    known.addAll(TargetPolicies.settings());
    for (String name : new TreeSet<>(settings.keySet())) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "There is no setting "
                + Printable.of(name)
                + " for rust; there are "
                + String.join(", ", known));
      }
    }
    CacheSettings parsed = CacheSettings.parse(settings);
    List<Policy> policies = new ArrayList<>(TargetPolicies.of(settings));
    policies.add(CargoHome.policy(parsed.removeCargoDownloads()));
    policies.add(SccacheCache.POLICY);
    return List.copyOf(policies);
  }

  @Override
  public List<Finding> examine(Examination examination) {
    CacheSettings settings = CacheSettings.parse(examination.settings());
    return List.copyOf(new RustDoctor(examination, settings.budgets()).examine());
  }

  /** The homes of cargo and of rustup, and the cache of sccache. */
  @Override
  public Optional<String> managingTool(Entry directory) {
    if (!directory.holdsDirectories()) {
      return Optional.empty(); // all of these contain directories
    } else if (CargoHome.isCargoHome(directory)) {
      return Optional.of("cargo");
    } else if (directory.hasDirectory("toolchains") && directory.hasFile("settings.toml")) {
      return Optional.of("rustup"); // "Basic concepts" and src/config.rs of rustup 1.29
    }
    return SccacheCache.isSccacheCache(directory) ? Optional.of("sccache") : Optional.empty();
  }

  /** {@code sccache.hit-rate}, {@code sccache.size} and {@code sccache.errors}. */
  @Override
  public List<Gauge> gauges() {
    return SccacheGauges.ALL;
  }

  /** The cache of sccache, and the sources of crates that cargo has unpacked. */
  @Override
  public Set<Path> contentAddressed(HostEnvironment host) {
    return Set.of(SccacheCache.target(host).root(), CargoHome.sources(host));
  }

  @Override
  public Set<String> tools() {
    return Set.of("cargo", "rustc", "rustup", SccacheCache.EXECUTABLE);
  }
}
