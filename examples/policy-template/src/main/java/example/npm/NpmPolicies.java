package example.npm;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Policies for what npm leaves behind. It knows npm's cache only, not {@code node_modules}. */
public final class NpmPolicies implements PolicyProvider {
  static final String CACHE = "npm-cache";

  /** For {@link java.util.ServiceLoader}; there is nothing to configure. */
  public NpmPolicies() {}

  @Override
  public String ecosystem() {
    return "npm";
  }

  /**
   * The part of npm's cache that npm fills by itself: its logs and npx's programs are beside it.
   */
  @Override
  public List<CleanupTarget> discover(HostEnvironment host) {
    return Stream.of(
            host.ask("npm", "config", "get", "cache").map(String::strip).map(host::path),
            host.directory("npm_config_cache"),
            Optional.of(host.home().resolve(".npm")))
        .flatMap(Optional::stream)
        .filter(Path::isAbsolute)
        .findFirst()
        .map(cache -> CleanupTarget.cache(CACHE, cache.resolve("_cacache")))
        .stream()
        .toList();
  }

  @Override
  public List<Policy> policies(Map<String, String> settings) {
    if (!settings.isEmpty()) {
      throw new IllegalArgumentException(
          "There is no setting '" + settings.keySet().iterator().next() + "' for npm");
    }
    return List.of(NpmCache.POLICY);
  }

  /** Only these programs answer {@link HostEnvironment#ask}. */
  @Override
  public Set<String> tools() {
    return Set.of("npm");
  }
}
