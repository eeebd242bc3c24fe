package dev.lowtide.policies.python.caches;

import dev.lowtide.BoundedSize;
import dev.lowtide.Durations;
import dev.lowtide.policies.python.caches.UvPackages.CachedPackage;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.Requirement.Unlocked;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The commands with which uv cleans its cache: {@code uv cache prune}, and before it {@code uv
 * cache clean NAME…} if an age, a size or a goal keeps a part of the cache. uv downloads a removed
 * package again when needed.
 */
final class UvCleaning {
  private static final String CACHE_DIR_OPTION = "--cache-dir";

  /** "uv cache" in the command reference of uv 0.8. */
  static final List<CommandShape> COMMANDS =
      List.of(
          CommandShape.of(Places.UV, "cache", "prune", CACHE_DIR_OPTION).path(),
          CommandShape.of(Places.UV, "cache", "prune", "--ci", CACHE_DIR_OPTION).path(),
          CommandShape.of(Places.UV, "cache", "clean")
              .eachMatching(CacheSettings.PACKAGE.pattern())
              .then(CACHE_DIR_OPTION)
              .path());

  /** The index of the first package in {@code uv cache clean}. */
  private static final int FIRST_NAME = 3;

  /** How many packages a reason names at most; the command names all of them. */
  private static final int MAX_NAMED = 20;

  /**
   * A package that would free less than a tenth of its size is kept: it would be downloaded again.
   */
  private static final int MIN_FREED_DIVISOR = 10;

  private final Entry cache;
  private final PolicyContext context;
  private final CacheSettings settings;

  UvCleaning(Entry cache, PolicyContext context, CacheSettings settings) {
    this.cache = cache;
    this.context = context;
    this.settings = settings;
  }

  /** The candidate for {@code uv cache prune} alone. */
  Candidate prune() {
    return run(cache, pruneCommand(), OptionalLong.empty(), "uv removes " + unneeded());
  }

  /**
   * Proposes what uv can remove.
   *
   * @param lock the file that uv locks while it cleans
   * @param keepReason why all packages are kept, if there is a reason
   */
  List<Candidate> propose(Entry lock, Optional<String> keepReason) {
    UvPackages content = UvPackages.of(cache);
    List<Candidate> parts = new ArrayList<>();
    if (context.proposesSingly()) {
      content.packages().stream()
          .filter(each -> !isToBeCleaned(each))
          .map(each -> part(each, keepReason))
          .forEach(parts::add);
    }
    Optional<Candidate> prune = pruneCandidate(content.unneeded(), parts);
    boolean isWithPackages =
        content.unneeded().isEmpty() && parts.stream().anyMatch(part -> part.withheld().isEmpty());
    prune.filter(any -> !isWithPackages).ifPresent(parts::add);
    return parts.stream().allMatch(part -> part.withheld().isPresent())
        ? parts
        : List.of(
            Candidate.ofParts(
                parts, selected -> combined(selected, prune, new Unlocked(lock.path()))));
  }

  private boolean isToBeCleaned(CachedPackage each) {
    return settings.uvClean().stream().map(UvPackages::normalized).anyMatch(each.name()::equals);
  }

  private Candidate part(CachedPackage each, Optional<String> keepReason) {
    DiskUsage usage = each.usage();
    BoundedSize frees = UvPackages.freedSize(usage);
    Candidate part =
        run(
                each.largestEntry(),
                cleanCommand(List.of(each.name())),
                OptionalLong.of(frees.bytes()),
                each.label() + " (" + frees + ")")
            .lastUsedAt(each.lastUsed())
            .named(each.label());
    Duration grace = context.target().kind().gracePeriod();
    if (keepReason.isPresent()) {
      return part.withheld(keepReason.get());
    } else if (frees.bytes() < usage.allocatedBytes() / MIN_FREED_DIVISOR) {
      return part.withheld(UvCache.LINKED_REASON);
    } else if (each.lastUsed().isAfter(context.now().minus(grace))) {
      return part.withheld(
          "it was stored or linked at "
              + each.lastUsed()
              + ", within the grace period of "
              + Durations.format(grace));
    }
    return part;
  }

  /**
   * The candidate for what uv no longer needs; it is selected before any package. Empty if a limit
   * keeps the newest of it, such as a cached environment, because {@code uv cache prune} would
   * remove that too.
   *
   * @param packages the candidates that are selected after it
   */
  private Optional<Candidate> pruneCandidate(List<Entry> unneeded, List<Candidate> packages) {
    Instant newest =
        unneeded.stream()
            .map(Entry::newestChange)
            .max(Comparator.naturalOrder())
            .orElseGet(cache::newestChange);
    if (isKeptByRetention(newest)) {
      return Optional.empty();
    }
    Instant first =
        packages.stream()
            .map(Candidate::lastUsed)
            .filter(time -> !unneeded.isEmpty() && time.isBefore(newest))
            .min(Comparator.naturalOrder())
            .map(time -> time.minusNanos(1))
            .orElse(newest);
    return Optional.of(
        run(
                cache,
                pruneCommand(),
                OptionalLong.of(UvPackages.usage(unneeded).exclusiveBytes()),
                unneeded() + examples(unneeded))
            .lastUsedAt(first));
  }

  private boolean isKeptByRetention(Instant used) {
    Retention retention = context.retention();
    return retention.olderThan().filter(age -> used.isAfter(context.now().minus(age))).isPresent()
        || retention.unusedSince().filter(time -> !used.isBefore(time)).isPresent();
  }

  private static String examples(List<Entry> unneeded) {
    List<String> packages = unneeded.stream().flatMap(UvPackages::packagesIn).sorted().toList();
    return packages.isEmpty() ? "" : ", with archives of " + listed(packages, "others");
  }

  /**
   * Packages are cleaned before the cache is pruned, so that what only they needed is pruned too.
   */
  private Candidate combined(List<Candidate> selected, Optional<Candidate> prune, Unlocked lock) {
    List<Candidate> packages = new ArrayList<>(selected);
    packages.removeIf(part -> part.path().equals(cache.path()));
    List<String> names = new ArrayList<>(settings.uvClean());
    packages.forEach(part -> names.add(part.commands().get(0).get(FIRST_NAME)));
    List<String> removed = new ArrayList<>();
    if (!packages.isEmpty()) {
      removed.add(listed(packages.stream().map(Candidate::reason).toList(), "more packages"));
    }
    prune.map(Candidate::reason).ifPresent(removed::add);
    if (!settings.uvClean().isEmpty()) {
      removed.add("all of " + String.join(", ", settings.uvClean()));
    }
    long bytes = selected.stream().mapToLong(part -> part.estimatedBytes().orElse(0)).sum();
    Candidate combined =
        run(
                cache,
                prune.isPresent() ? pruneCommand() : cleanCommand(names),
                bytes == 0 ? OptionalLong.empty() : OptionalLong.of(bytes), // unknown
                "uv removes " + String.join(", and ", removed))
            .lastUsedAt(
                selected.stream()
                    .map(Candidate::lastUsed)
                    .max(Comparator.naturalOrder())
                    .orElseThrow())
            .requiring(lock);
    return prune.isEmpty() || names.isEmpty()
        ? combined
        : combined.requiring(new RunCommand(cache.path(), cleanCommand(names)));
  }

  private static String listed(List<String> all, String rest) {
    return all.size() <= MAX_NAMED
        ? String.join(", ", all)
        : String.join(", ", all.subList(0, MAX_NAMED))
            + " and "
            + (all.size() - MAX_NAMED)
            + " "
            + rest;
  }

  private String unneeded() {
    return settings.pruneForCi()
        ? "what it no longer needs, and what it can download just as quickly"
        : "what it no longer needs itself";
  }

  private List<String> pruneCommand() {
    List<String> argv = new ArrayList<>(List.of(Places.UV, "cache", "prune"));
    if (settings.pruneForCi()) {
      argv.add("--ci");
    }
    return withCacheDirectory(argv);
  }

  private List<String> cleanCommand(Collection<String> packages) {
    List<String> argv = new ArrayList<>(List.of(Places.UV, "cache", "clean"));
    argv.addAll(packages);
    return withCacheDirectory(argv);
  }

  private List<String> withCacheDirectory(List<String> argv) {
    List<String> all = new ArrayList<>(argv);
    all.addAll(List.of(CACHE_DIR_OPTION, cache.path().toString()));
    return all;
  }

  private static Candidate run(Entry place, List<String> argv, OptionalLong bytes, String reason) {
    return Candidate.of(
        new RunCommand(place.path(), argv, bytes),
        Cause.REGENERABLE,
        UvCache.COST,
        reason,
        place.newestChange());
  }
}
