package dev.lowtide.policies.docker;

import com.google.common.collect.ImmutableList;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.RebuildCost;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.ToLongBiFunction;

/**
 * The policies for what builds leave in this machine's Docker engine. The {@code docker} client
 * lists and removes everything. Engines on other machines are ignored, and volumes are never
 * removed.
 *
 * <p>Ages refer to the last use: when a container ended, when a build last used a cache record,
 * when an image last got a name. The filter {@code until} of {@code docker container prune} and
 * {@code docker image prune} refers to the creation instead: it would remove a container that ran
 * for a week and ended a minute ago.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class DockerPolicies implements PolicyProvider {
  static final String TARGET = "docker";
  static final String EXECUTABLE = "docker";

  private static final List<CommandShape> COMMANDS =
      ImmutableList.<CommandShape>builder()
          .addAll(BuildCache.COMMANDS)
          .addAll(DockerEngine.COMMANDS)
          .build();

  /**
   * In this order one run is enough: without the container its image is removed, and without the
   * image the records of the build cache that it shares.
   */
  private static final List<Policy> ALL =
      List.of(
          row(
              "docker.stopped-containers",
              "stopped containers, without their volumes",
              RebuildCost.EXPENSIVE,
              DockerEngine::stoppedContainers,
              (engine, context) -> engine.bytes("Containers")),
          row(
              "docker.dangling-images",
              "images without a name that no container uses",
              RebuildCost.COMPUTE,
              DanglingImages::propose,
              (engine, context) -> engine.bytes("Images")),
          row(
              "docker.build-cache",
              "build cache that no image uses",
              RebuildCost.COMPUTE,
              BuildCache::propose,
              BuildCache::bytes));

  private static Policy row(
      String id,
      String description,
      RebuildCost cost,
      BiFunction<DockerEngine, PolicyContext, List<Candidate>> evidence,
      ToLongBiFunction<DockerEngine, PolicyContext> bytes) {
    return Policy.inStore(
        id,
        description,
        cost,
        target -> target.kind() == CleanupTarget.Kind.STORE && target.id().equals(TARGET),
        (snapshot, context) -> {
          DockerEngine engine = engine(context);
          return engine
              .objection()
              .map(why -> List.of(engine.withheld(why)))
              .orElseGet(() -> evidence.apply(engine, context));
        },
        COMMANDS,
        context -> bytes.applyAsLong(engine(context), context));
  }

  private static DockerEngine engine(PolicyContext context) {
    return new DockerEngine(context.host(), context.target().root(), context.now());
  }

  /** For {@link java.util.ServiceLoader}; there is nothing to configure. */
  public DockerPolicies() {}

  @Override
  public String ecosystem() {
    return "docker";
  }

  /** The engine of this user's client, if it is on this machine and answers. */
  @Override
  public List<CleanupTarget> discover(HostEnvironment host) {
    return DockerEngine.dataRoot(host).map(root -> CleanupTarget.store(TARGET, root)).stream()
        .toList();
  }

  /**
   * {@inheritDoc}
   *
   * <p>There are no settings, so every setting is unknown.
   */
  @Override
  public List<Policy> policies(Map<String, String> settings) {
    if (!settings.isEmpty()) {
      throw new IllegalArgumentException(
          "There is no setting "
              + Printable.of(String.join(", ", new TreeSet<>(settings.keySet())))
              + " for docker, which has none; remove it");
    }
    return ALL;
  }

  @Override
  public Set<String> tools() {
    return Set.of(EXECUTABLE);
  }
}
