package dev.lowtide.policies.python.caches;

import static java.util.Objects.requireNonNull;

import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.FileKind;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The content of a uv cache by package, as {@code uv cache clean NAME} removes it ({@code
 * crates/uv-cache/src/lib.rs}, uv 0.8 to 0.11): the directories of that name in {@code wheels-v*}
 * and {@code sdists-v*}, the index's answer, and the archives to which only these link. The package
 * of an archive is the one that its {@code *.dist-info} names.
 *
 * <p>Builds from a path, a Git repository or a URL are found by the names of their wheels; only
 * their archives are counted.
 */
final class UvPackages {
  /**
   * Buckets carry the version of their format, {@code wheels-v6}; "Cache versioning" in the
   * documentation of uv 0.8.
   */
  private static final Pattern BUCKET = Pattern.compile("([a-z]+(?:-[a-z]+)*)-v([0-9]{1,9})");

  private static final Pattern DIST_INFO = Pattern.compile("([^-]+)-([^-]+)\\.dist-info");

  /** A link to an archive has the name of the wheel. */
  private static final Pattern WHEEL_LINK = Pattern.compile("([A-Za-z0-9._]+)-[^-]+-.+-.+-.+");

  /** The directory of an unpacked source, which may be large. */
  private static final String SOURCE_DIRECTORY = "src";

  /** A file of the environments that uv caches for {@code uv tool run}. */
  private static final String ENVIRONMENT_FILE = "pyvenv.cfg";

  /**
   * The directories of a bucket in which directories are named after packages, and how many levels
   * below they are.
   */
  private static final Map<String, Integer> DEPTH_OF_PACKAGE_NAME =
      Map.of("pypi", 1, "index", 2, "url", 2);

  private final Map<String, CachedPackage> packages = new TreeMap<>();
  private final List<Entry> unneeded = new ArrayList<>();

  /** Everything that uv removes with one package name. */
  static final class CachedPackage {
    private final String name;
    private final Set<String> versions = new TreeSet<>();
    private final List<Entry> archives = new ArrayList<>();

    /** Its directories in wheels and sdists, and the index's answers. */
    private final List<Entry> records = new ArrayList<>();

    /** Whether {@code uv cache clean} finds it by its name. */
    private boolean isFoundByName;

    private CachedPackage(String name) {
      this.name = name;
    }

    /** The normalized name. */
    String name() {
      return name;
    }

    /** The name with the unpacked versions: {@code torch 2.4.0, 2.5.1}. */
    String label() {
      return (name + " " + String.join(", ", versions)).strip();
    }

    /** The largest entry; reports show its path as the path of the package. */
    Entry largestEntry() {
      return Stream.concat(archives.stream(), records.stream())
          .max(Comparator.comparingLong(each -> each.usage().allocatedBytes()))
          .orElseThrow();
    }

    DiskUsage usage() {
      return UvPackages.usage(Stream.concat(archives.stream(), records.stream()).toList());
    }

    /** When a file of it was last linked, unlinked or added. */
    Instant lastUsed() {
      return Stream.concat(
              archives.stream().map(UvPackages::lastLinked),
              records.stream().map(Entry::newestModified))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  private UvPackages() {}

  static UvPackages of(Entry cache) {
    UvPackages all = new UvPackages();
    Map<String, TreeMap<Integer, Entry>> buckets = new HashMap<>();
    for (Entry child : cache.children()) {
      Matcher bucket = BUCKET.matcher(child.name());
      if (child.isDirectory() && bucket.matches()) {
        buckets
            .computeIfAbsent(bucket.group(1), name -> new TreeMap<>())
            .put(Integer.parseInt(bucket.group(2)), child);
      } else if (UvCache.isTemporary(child)) {
        all.unneeded.add(child);
      }
    }
    Map<String, Entry> current = new HashMap<>();
    buckets.forEach(
        (name, versions) -> {
          current.put(name, requireNonNull(versions.pollLastEntry()).getValue());
          all.unneeded.addAll(
              versions.values()); // an older uv may still use them, but prune removes them
        });
    Optional.ofNullable(current.get("wheels")).ifPresent(all::addNamed);
    Optional.ofNullable(current.get("sdists")).ifPresent(all::addNamed);
    Optional.ofNullable(current.get("sdists")).ifPresent(all::addBuilt);
    Optional.ofNullable(current.get("simple")).ifPresent(all::addIndexed);
    Optional.ofNullable(current.get("archive")).ifPresent(all::addArchives);
    Optional.ofNullable(current.get("environments"))
        .ifPresent(bucket -> all.unneeded.addAll(bucket.children()));
    return all;
  }

  /** The packages that uv finds by name, sorted by name. */
  List<CachedPackage> packages() {
    return packages.values().stream().filter(each -> each.isFoundByName).toList();
  }

  /**
   * What {@code uv cache prune} removes, as far as the tree shows: archives to which no package in
   * the cache links, cached environments, replaced buckets, temporary files.
   */
  List<Entry> unneeded() {
    return List.copyOf(unneeded);
  }

  /** The packages in an archive, such as "torch 2.4.0". */
  static Stream<String> packagesIn(Entry archive) {
    return distInfo(archive).map(info -> info.group(1) + " " + info.group(2));
  }

  private CachedPackage packageNamed(String name) {
    return packages.computeIfAbsent(normalized(name), CachedPackage::new);
  }

  /** "Names and normalization" of the packaging specifications. */
  static String normalized(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
  }

  private void addNamed(Entry bucket) {
    DEPTH_OF_PACKAGE_NAME.forEach(
        (kind, depth) -> {
          if (!bucket.name().startsWith("sdists") || !kind.equals("url")) {
            entriesAt(bucket, kind, depth)
                .filter(Entry::isDirectory)
                .filter(each -> CacheSettings.PACKAGE.matcher(each.name()).matches())
                .forEach(
                    each -> {
                      CachedPackage found = packageNamed(each.name());
                      found.records.add(each);
                      found.isFoundByName |= found.name.equals(each.name());
                    });
          }
        });
  }

  /** Adds builds whose directory is not named after the package. */
  private void addBuilt(Entry bucket) {
    Predicate<Entry> skipped =
        entry ->
            entry.name().equals(SOURCE_DIRECTORY)
                || (entry.parent().filter(bucket::equals).isPresent()
                    && Set.of("pypi", "index").contains(entry.name()));
    bucket
        .entries(skipped)
        .filter(entry -> entry.kind() == FileKind.SYMLINK)
        .map(link -> WHEEL_LINK.matcher(link.name()))
        .filter(Matcher::matches)
        .forEach(wheel -> packageNamed(wheel.group(1)).isFoundByName = true);
  }

  /**
   * Adds an index's answers to the packages that are cached. An answer alone does not make a
   * package: it is useless, and does not show when the package was used.
   */
  private void addIndexed(Entry bucket) {
    for (String kind : List.of("pypi", "index")) {
      entriesAt(bucket, kind, DEPTH_OF_PACKAGE_NAME.getOrDefault(kind, 1))
          .filter(Entry::isFile)
          .forEach(
              file -> {
                CachedPackage found = packages.get(file.name().replaceFirst("\\.[a-z]+$", ""));
                if (found != null) {
                  found.records.add(file);
                }
              });
    }
  }

  private static Stream<Entry> entriesAt(Entry bucket, String kind, int depth) {
    Stream<Entry> entries = bucket.child(kind).stream();
    for (int i = 0; i < depth; i++) {
      entries = entries.flatMap(each -> each.children().stream());
    }
    return entries;
  }

  private void addArchives(Entry bucket) {
    Set<String> namesFound = new HashSet<>();
    packages().forEach(each -> namesFound.add(each.name));
    for (Entry archive : bucket.children()) {
      List<Matcher> infos = distInfo(archive).toList();
      if (infos.size() == 1) { // as in every wheel
        CachedPackage owner = packageNamed(infos.get(0).group(1));
        owner.archives.add(archive);
        owner.versions.add(infos.get(0).group(2));
        if (!namesFound.contains(owner.name)) {
          unneeded.add(archive);
        }
      } else if (archive.hasFile(ENVIRONMENT_FILE)) {
        unneeded.add(archive);
      }
    }
  }

  private static Stream<Matcher> distInfo(Entry archive) {
    return archive.children().stream()
        .map(child -> DIST_INFO.matcher(child.name()))
        .filter(Matcher::matches);
  }

  /**
   * When a file of an archive was last linked or unlinked, which changes the status of the file
   * only.
   */
  static Instant lastLinked(Entry archive) {
    return archive
        .entries()
        .filter(Entry::isFile)
        .map(Entry::lastChanged)
        .max(Comparator.naturalOrder())
        .orElse(archive.lastModified());
  }

  static DiskUsage usage(List<Entry> entries) {
    return entries.stream().map(Entry::usage).reduce(DiskUsage.NONE, DiskUsage::plus);
  }

  /** How many bytes the removal frees; more if other links to the files disappear too. */
  static BoundedSize freedSize(DiskUsage usage) {
    return usage.sharedBytes() > 0 ? usage.exclusive().with(Bound.AT_LEAST) : usage.exclusive();
  }
}
