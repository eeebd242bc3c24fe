package dev.lowtide.policies.docker;

import com.google.common.primitives.Ints;
import dev.lowtide.ByteSize;
import dev.lowtide.Durations;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The build cache of an engine. BuildKit removes the least recently used records one by one until
 * the cache is as small as the command says ({@code cache/manager.go}, BuildKit 0.8 to 0.25). So a
 * limit or a goal chooses how many records to remove, and the command contains the size to keep.
 * The engine also considers how often a record was used, and may remove another record of the same
 * age.
 */
final class BuildCache {
  private static final String UNTIL = "until=";
  private static final List<String> PRUNE =
      List.of(DockerPolicies.EXECUTABLE, "builder", "prune", "--force", "--filter");

  /** Since buildx 0.18, which needs BuildKit 0.17; Docker 28 has that. */
  private static final String MAX_USED_SPACE = "--max-used-space";

  private static final int ENGINE_WITH_MAX_USED_SPACE = 28;

  /** Since Docker 18.09. With buildx, it is another name of --reserved-space. */
  private static final String KEEP_STORAGE = "--keep-storage";

  static final List<CommandShape> COMMANDS =
      List.of(
          shape(),
          shape().then(MAX_USED_SPACE).matching("[1-9][0-9]*"),
          shape().then(KEEP_STORAGE).matching("[1-9][0-9]*"));

  private static CommandShape shape() {
    return CommandShape.of(PRUNE.get(0), PRUNE.subList(1, PRUNE.size()).toArray(String[]::new))
        .matching(UNTIL + "[0-9]+s");
  }

  private final DockerEngine engine;
  private final Duration age;
  private final Optional<ByteSize> limit;
  private final long total;

  /** Whether there are records that are old enough and only kept because an image shares them. */
  private final boolean hasShared;

  /** The records that can be removed, in the engine's order of removal. */
  private final List<Candidate> removable = new ArrayList<>();

  private BuildCache(DockerEngine engine, PolicyContext context) {
    this.engine = engine;
    age = context.retention().olderThan().orElse(DockerEngine.GRACE);
    limit = context.retention().maxSize();
    List<CacheRecord> all = engine.usage("BuildCache").stream().map(CacheRecord::of).toList();
    total = all.stream().mapToLong(CacheRecord::size).sum();
    Instant cutoff = engine.now().minus(age);
    List<CacheRecord> old =
        all.stream()
            .filter(record -> record.isRemovable() && !record.lastUsed().isAfter(cutoff))
            .toList();
    hasShared =
        all.stream().anyMatch(record -> record.isShared() && !record.lastUsed().isAfter(cutoff));
    Instant time = Instant.MIN;
    for (CacheRecord record : CacheRecord.inOrderOfRemoval(all, old)) {
      // Never before the previous record, so that limits and goals follow the engine's order
      time = record.lastUsed().isAfter(time) ? record.lastUsed() : time.plusNanos(1);
      removable.add(
          engine
              .candidate(
                  "buildkit/" + record.id(),
                  record.size(),
                  RebuildCost.COMPUTE,
                  record.description(),
                  time,
                  prune())
              .named(record.description()));
    }
  }

  /** Proposes the records that nothing uses and that are old enough. */
  static List<Candidate> propose(DockerEngine engine, PolicyContext context) {
    BuildCache cache = new BuildCache(engine, context);
    if (!cache.removable.isEmpty()) {
      return List.of(Candidate.ofParts(cache.removable, cache::whole));
    }
    // With limits and goals, only what is known to come free counts
    return cache.hasShared && cache.limit.isEmpty() && !context.forGoal()
        ? cache.afterImages(context)
        : List.of();
  }

  /**
   * What only images without a name share comes free with them. docker does not say which records
   * an image shares; its command removes only those that nothing shares any more.
   */
  private List<Candidate> afterImages(PolicyContext context) {
    return DanglingImages.propose(engine, context).stream()
        .filter(image -> image.withheld().isEmpty())
        .sorted(Comparator.comparingInt(image -> image.after().size())) // the surest to be removed
        .limit(1)
        .map(
            image ->
                engine
                    .candidate(
                        "buildkit",
                        0,
                        RebuildCost.COMPUTE,
                        "records of the build cache that images shared which are removed first;"
                            + " their bytes are counted there",
                        image.lastUsed(),
                        prune())
                    .onlyAfter(image.path()))
        .toList();
  }

  /** The size of all records that are not parts of images. */
  static long bytes(DockerEngine engine, PolicyContext context) {
    return new BuildCache(engine, context).total;
  }

  /**
   * The candidate for some records, which are always the first ones: limits and goals never skip a
   * part that the tool would remove.
   */
  private Candidate whole(List<Candidate> some) {
    long bytes = some.stream().mapToLong(part -> part.estimatedBytes().orElse(0)).sum();
    List<String> argv = new ArrayList<>(prune());
    if (some.size() < removable.size()) {
      argv.add(knowsMaxUsedSpace() ? MAX_USED_SPACE : KEEP_STORAGE);
      argv.add(Long.toString(kept(some, bytes)));
    }
    return engine.candidate(
        "buildkit",
        bytes,
        RebuildCost.COMPUTE,
        some.size()
            + (some.size() == 1 ? " record" : " records")
            + " that no image uses and no build has used for "
            + Durations.format(age),
        some.stream().map(Candidate::lastUsed).max(Comparator.naturalOrder()).orElseThrow(),
        argv);
  }

  /** The command. For the build cache, docker compares {@code until} with the last use. */
  private List<String> prune() {
    List<String> argv = new ArrayList<>(PRUNE);
    argv.add(UNTIL + age.toSeconds() + "s"); // as Go reads a duration
    return argv;
  }

  /**
   * The size to keep: the size of the remaining records and half of the last removed record. docker
   * rounds sizes, and this value is equally far from one record less and one more. It never exceeds
   * a limit.
   */
  private long kept(List<Candidate> some, long bytes) {
    long last =
        some.stream()
            .mapToLong(part -> part.estimatedBytes().orElse(0))
            .filter(size -> size > 0)
            .reduce(0, (before, size) -> size);
    long kept = last == 0 ? 2 * total : total - bytes + last / 2; // twice: frees nothing
    return Math.max(1, limit.map(most -> Math.min(most.bytes(), kept)).orElse(kept));
  }

  private boolean knowsMaxUsedSpace() {
    HostEnvironment host = engine.host();
    return host.ask(DockerPolicies.EXECUTABLE, "builder", "prune", "--help")
            .filter(help -> help.contains(MAX_USED_SPACE))
            .isPresent()
        && Optional.ofNullable(Ints.tryParse(engine.version("Server").replaceFirst("\\..*", "")))
            .filter(major -> major >= ENGINE_WITH_MAX_USED_SPACE)
            .isPresent();
  }
}
