package dev.lowtide.policies.python.caches;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policies.python.places.SettingsFiles;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The cache of uv, which uv itself cleans if it is installed: its processes lock the cache and link
 * into it, and the layout changes from version to version.
 *
 * <p>From 0.8.19 on, every uv holds a shared lock on {@code .lock} while it runs, and {@code uv
 * cache} waits for all others. So nothing is done while a process holds the lock. Older versions do
 * not lock: one of them may be using a cache that has no such file.
 *
 * <p>{@code uv cache prune} removes every entry at the top of its cache that it does not know, so a
 * cache with other entries is kept.
 *
 * <p>If an age, a size or a goal keeps a part of the cache, uv removes single packages with {@code
 * uv cache clean NAME} and then prunes. It downloads a removed package again when needed.
 *
 * <p>Without uv, and only if a setting asks for it, whole archives are removed to which nothing
 * links: uv ignores a pointer to a missing archive ({@code crates/uv-distribution}, uv 0.8) and
 * downloads it again. The link counts of the files show hard links. They do not show symbolic
 * links, so everything is kept if uv is set to create these.
 */
public final class UvCache {
  static final RebuildCost COST = RebuildCost.DOWNLOAD;
  private static final String LOCK = ".lock";

  /**
   * Buckets carry the version of their format, {@code wheels-v6}; "Cache versioning" in the
   * documentation of uv 0.8.
   */
  private static final Pattern BUCKET = Pattern.compile("[a-z]+(-[a-z]+)*-v[0-9]+");

  private static final Pattern ARCHIVES = Pattern.compile("archive-v[0-9]+");
  private static final Pattern TEMPORARY = Pattern.compile("\\.tmp.*");
  static final String LINKED_REASON =
      "an environment links to it, so removing it would free almost nothing";

  private static final Pattern OTHER_FILES = Pattern.compile("\\.lock|CACHEDIR\\.TAG|\\.gitignore");

  private final Entry cache;
  private final PolicyContext context;
  private final CacheSettings settings;
  private final UvCleaning cleaning;

  private UvCache(Entry cache, PolicyContext context, CacheSettings settings) {
    this.cache = cache;
    this.context = context;
    this.settings = settings;
    cleaning = new UvCleaning(cache, context, settings);
  }

  public static Policy policy(CacheSettings settings) {
    return Policy.of(
        "python.uv-cache",
        "cache entries that uv itself no longer needs",
        COST,
        target ->
            Places.isCache(Places.UV_CACHE, target)
                || Places.isCache(Places.UV_LEGACY_CACHE, target),
        (snapshot, context) -> new UvCache(snapshot.root(), context, settings).propose(),
        UvCleaning.COMMANDS);
  }

  /** The packages in a cache of uv with what they take; empty for any other directory. */
  public static Map<String, DiskUsage> packagesIn(Entry directory) {
    Map<String, DiskUsage> packages = new LinkedHashMap<>();
    if (isUvCache(directory)) {
      UvPackages.of(directory).packages().forEach(each -> packages.put(each.label(), each.usage()));
    }
    return packages;
  }

  /**
   * Whether a directory has the cache tag and a bucket, and only entries of uv ("Caching" in the
   * documentation of uv 0.1 to 0.8).
   */
  static boolean isUvCache(Entry directory) {
    if (!directory.hasFile(Marker.CACHE_DIRECTORY.fileName())) {
      return false;
    }
    List<Entry> children = directory.children();
    return children.stream()
            .anyMatch(child -> child.isDirectory() && BUCKET.matcher(child.name()).matches())
        && children.stream().allMatch(UvCache::isWrittenByUv)
        && Marker.CACHE_DIRECTORY.isIn(directory);
  }

  private List<Candidate> propose() {
    List<Entry> children = cache.children();
    if (children.isEmpty()) {
      return List.of();
    }
    Optional<Entry> foreign = children.stream().filter(child -> !isWrittenByUv(child)).findFirst();
    if (foreign.isPresent()) {
      return List.of(
          cleaning
              .prune()
              .withheld(
                  "'uv cache prune' would remove "
                      + foreign.get().path()
                      + ", which is not from uv; move it elsewhere"));
    }
    if (!Marker.CACHE_DIRECTORY.isIn(cache)) {
      return List.of(
          cleaning
              .prune()
              .withheld(
                  "there is no "
                      + Marker.CACHE_DIRECTORY.fileName()
                      + " in it, which uv always writes, so it may be a person's directory"));
    }
    boolean installed = context.host().executable(Places.UV).isPresent();
    if (!installed && !settings.removeWithoutUv()) {
      return List.of(
          cleaning
              .prune()
              .withheld(
                  "only uv may clean its cache, and it is not on PATH; install uv, or use a private"
                      + " cache by setting UV_CACHE_DIR"));
    }
    Optional<Entry> lock = cache.child(LOCK).filter(Entry::isFile);
    if (lock.isEmpty()) {
      return List.of(
          cleaning
              .prune()
              .withheld(
                  "there is no "
                      + LOCK
                      + " in it, so a running uv cannot be detected; run any command of uv 0.8.19"
                      + " or newer, which creates it"));
    }
    return installed
        ? cleaning.propose(lock.get(), symbolicLinkObjection())
        : withoutUv(lock.get());
  }

  /** Why links into the cache cannot be found, if uv may have created symbolic ones. */
  private Optional<String> symbolicLinkObjection() {
    HostEnvironment host = context.host();
    return host.variable("UV_LINK_MODE")
        .filter("symlink"::equals)
        .map(mode -> "UV_LINK_MODE is symlink")
        .or(
            () ->
                SettingsFiles.fileWithUvSymlinkMode(host)
                    .map(file -> file + " sets link-mode to symlink"))
        .map(
            why ->
                why
                    + ", so environments may link to anything in it, and these links cannot be"
                    + " found");
  }

  private List<Candidate> withoutUv(Entry lock) {
    Optional<String> symbolic = symbolicLinkObjection();
    if (symbolic.isPresent()) {
      return List.of(cleaning.prune().withheld(symbolic.get() + "; install uv"));
    }
    List<Candidate> candidates = new ArrayList<>();
    for (Entry child : cache.children()) {
      if (ARCHIVES.matcher(child.name()).matches()) {
        child.children().stream()
            .filter(Entry::isDirectory)
            .forEach(archive -> candidates.add(archiveCandidate(archive).holding(lock.path())));
      } else if (isTemporary(child)) {
        candidates.add(
            Candidate.delete(
                    child,
                    Cause.ORPHANED,
                    RebuildCost.TRIVIAL,
                    "a temporary file of a uv that was killed")
                .holding(lock.path()));
      }
    }
    return candidates;
  }

  private static Candidate archiveCandidate(Entry archive) {
    Optional<String> name = UvPackages.packagesIn(archive).findFirst();
    Candidate unnamed =
        Candidate.delete(
                archive,
                Cause.REGENERABLE,
                COST,
                name.map("an archive of "::concat).orElse("an archive")
                    + " without links; uv downloads it again")
            .lastUsedAt(UvPackages.lastLinked(archive));
    Candidate candidate = name.map(unnamed::named).orElse(unnamed);
    return archive.hasNamesElsewhere() ? candidate.withheld(LINKED_REASON) : candidate;
  }

  static boolean isTemporary(Entry child) {
    return TEMPORARY.matcher(child.name()).matches();
  }

  private static boolean isWrittenByUv(Entry child) {
    String name = child.name();
    return (child.isDirectory() && BUCKET.matcher(name).matches())
        || isTemporary(child)
        || OTHER_FILES.matcher(name).matches();
  }
}
