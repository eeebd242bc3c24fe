package dev.lowtide.policies.docker;

import com.google.common.base.Splitter;
import com.google.common.primitives.Ints;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A record of the build cache of a Docker engine, from {@code docker system df}.
 *
 * @param size how much its removal frees; 0 if an image shares it
 * @param isShared whether an image has it too
 * @param isRemovable whether {@code docker builder prune} may remove it
 */
record CacheRecord(
    String id,
    Set<String> parents,
    String description,
    Instant lastUsed,
    int usageCount,
    long size,
    boolean isShared,
    boolean isRemovable) {
  /** BuildKit's random identifiers. */
  private static final Pattern ID = Pattern.compile("[a-z0-9]+");

  /** Types that docker removes only with {@code --all}. */
  private static final Set<String> KEPT_TYPES = Set.of("internal", "frontend");

  private static final Splitter IDS = Splitter.on(',').trimResults().omitEmptyStrings();

  static CacheRecord of(JsonObject listed) {
    Optional<Instant> lastUsed =
        DockerEngine.text(listed, "LastUsedAt").flatMap(DockerEngine::goTime);
    boolean isShared = DockerEngine.text(listed, "Shared").filter("false"::equals).isEmpty();
    String id = DockerEngine.text(listed, "ID").orElse("");
    return new CacheRecord(
        id,
        Set.copyOf(IDS.splitToList(DockerEngine.text(listed, "Parent").orElse(""))),
        DockerEngine.text(listed, "Description").orElse("a record"),
        lastUsed.orElse(Instant.MAX),
        DockerEngine.text(listed, "UsageCount").map(Ints::tryParse).orElse(0),
        isShared ? 0 : DockerEngine.size(listed, "Size"),
        isShared,
        ID.matcher(id).matches()
            && !isShared
            && lastUsed.isPresent()
            && DockerEngine.text(listed, "InUse").filter("false"::equals).isPresent()
            && DockerEngine.text(listed, "CacheType").filter(KEPT_TYPES::contains).isEmpty());
  }

  /**
   * The order in which BuildKit removes records if the command says how much to keep ({@code
   * sortDeleteRecords} in {@code cache/manager.go}, BuildKit 0.8 to 0.16; later versions weigh
   * slightly differently). It removes one record at a time, of those on which no other is built:
   * the one with the least sum of two ranks, by last use and by number of uses; of equal ones, the
   * one that was used less often.
   *
   * @param all all records; a kept record also keeps the records on which it is built
   * @param removable those of them that may be removed
   */
  static List<CacheRecord> inOrderOfRemoval(
      Collection<CacheRecord> all, Collection<CacheRecord> removable) {
    Map<String, Set<String>> dependents = new HashMap<>();
    for (CacheRecord record : all) {
      record.parents.forEach(
          parent -> dependents.computeIfAbsent(parent, any -> new HashSet<>()).add(record.id));
    }
    Map<String, CacheRecord> waiting = new LinkedHashMap<>();
    removable.stream()
        .sorted(Comparator.comparing(CacheRecord::lastUsed).thenComparing(CacheRecord::id))
        .forEach(record -> waiting.put(record.id, record));
    List<CacheRecord> byUse =
        new ArrayList<>(
            waiting.values().stream()
                .sorted(Comparator.comparingInt(CacheRecord::usageCount))
                .toList());
    List<CacheRecord> ordered = new ArrayList<>();
    while (!waiting.isEmpty()) {
      Optional<CacheRecord> next = next(waiting.values(), byUse, dependents);
      if (next.isEmpty()) {
        break; // kept records are built on the rest
      }
      ordered.add(next.get());
      waiting.remove(next.get().id);
      byUse.remove(next.get());
      next.get().parents.stream()
          .flatMap(parent -> Optional.ofNullable(dependents.get(parent)).stream())
          .forEach(children -> children.remove(next.get().id));
    }
    return ordered;
  }

  private static Optional<CacheRecord> next(
      Collection<CacheRecord> byTime,
      List<CacheRecord> byUse,
      Map<String, Set<String>> dependents) {
    Map<String, Double> ranks = new HashMap<>();
    addRanks(byTime, CacheRecord::lastUsed, dependents, ranks);
    addRanks(byUse, CacheRecord::usageCount, dependents, ranks);
    return byTime.stream()
        .filter(record -> ranks.containsKey(record.id))
        .min(
            Comparator.comparingDouble((CacheRecord record) -> ranks.getOrDefault(record.id, 0.0))
                .thenComparingInt(CacheRecord::usageCount));
  }

  /**
   * Adds a rank to each record on which no other is built. The ranks rise in equal steps to 1, and
   * records with the same value have the same rank.
   */
  private static void addRanks(
      Collection<CacheRecord> inOrder,
      Function<CacheRecord, Object> value,
      Map<String, Set<String>> dependents,
      Map<String, Double> ranks) {
    Map<String, Integer> places = new LinkedHashMap<>();
    int place = 0;
    Object last = "none";
    for (CacheRecord record : inOrder) {
      if (dependents.getOrDefault(record.id, Set.of()).isEmpty()) {
        place += value.apply(record).equals(last) ? 0 : 1;
        last = value.apply(record);
        places.put(record.id, place);
      }
    }
    for (Map.Entry<String, Integer> each : places.entrySet()) {
      ranks.merge(each.getKey(), (double) each.getValue() / place, Double::sum);
    }
  }
}
