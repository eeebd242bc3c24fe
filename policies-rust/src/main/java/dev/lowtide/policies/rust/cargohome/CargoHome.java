package dev.lowtide.policies.rust.cargohome;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement.Exists;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Cargo's home: what cargo unpacked and downloaded for all builds of a user ("Cargo Home" in the
 * Cargo book, 1.95).
 *
 * <p>Only whole directories are removed, because cargo believes that an existing one is complete;
 * and only while Lowtide holds cargo's package-cache locks. Unless downloads are removed too,
 * builds without network still work: sources are removed only if their archive is kept, and
 * checkouts only if their clone is kept.
 */
public final class CargoHome {
  private static final String TARGET = "cargo-home";
  private static final RebuildCost COST = RebuildCost.COMPUTE;

  // cargo 1.95, src/cargo/util/cache_lock.rs: downloads hold the first, builds share the second;
  // earlier versions have the first only
  private static final List<String> LOCKS = List.of(".package-cache", ".package-cache-mutate");

  private final Snapshot snapshot;
  private final PolicyContext context;
  private final boolean downloadsToo;
  private final Optional<CargoUse> use;

  /** The locks that exist. */
  private final List<Entry> locks;

  private final List<Candidate> candidates = new ArrayList<>();

  private CargoHome(Snapshot snapshot, PolicyContext context, boolean downloadsToo) {
    this.snapshot = snapshot;
    this.context = context;
    this.downloadsToo = downloadsToo;
    this.use = CargoUse.read(snapshot.root());
    this.locks = LOCKS.stream().flatMap(name -> snapshot.root().child(name).stream()).toList();
  }

  /**
   * The policy for cargo's home.
   *
   * @param downloadsToo whether it also removes what a build without network needs
   */
  public static Policy policy(boolean downloadsToo) {
    return Policy.of(
        "rust.cargo-home",
        "unpacked crates and checkouts that cargo can make again offline",
        COST,
        target -> target.kind() == CleanupTarget.Kind.CACHE && target.id().equals(TARGET),
        (snapshot, context) -> propose(snapshot, context, downloadsToo),
        CrateAccount.of(downloadsToo));
  }

  /** The path of cargo's home: {@code CARGO_HOME}, or {@code ~/.cargo}. */
  public static Path of(HostEnvironment host) {
    return host.directory("CARGO_HOME").orElse(host.home().resolve(".cargo"));
  }

  /** The directory into which cargo 1.95 unpacks each version of a crate once. */
  public static Path sources(HostEnvironment host) {
    return of(host).resolve("registry").resolve("src");
  }

  public static CleanupTarget target(HostEnvironment host) {
    return CleanupTarget.cache(TARGET, of(host));
  }

  private static List<Candidate> propose(
      Snapshot snapshot, PolicyContext context, boolean downloadsToo) {
    CargoHome home = new CargoHome(snapshot, context, downloadsToo);
    home.addSources();
    home.addCheckouts();
    if (downloadsToo) {
      home.addDownloads("registry", "cache", "an archive; cargo downloads it again");
      home.addDirectories("registry", "index", "an index of a registry; cargo downloads it again");
      home.addDirectories("git", "db", "a clone; cargo makes it again");
    }
    return home.candidates;
  }

  /** Whether a directory has cargo's registry, and the lock that every version of cargo takes. */
  public static boolean isCargoHome(Entry directory) {
    return directory.hasFile(LOCKS.get(0))
        && directory
            .child("registry")
            .filter(registry -> registry.hasDirectory("index") || registry.hasDirectory("cache"))
            .isPresent();
  }

  private Optional<Entry> directory(String first, String second) {
    return snapshot.root().child(first).flatMap(directory -> directory.child(second));
  }

  /** The entries two levels below a directory. */
  private Stream<Entry> grandchildren(String first, String second) {
    return directory(first, second).stream()
        .flatMap(each -> each.children().stream())
        .flatMap(each -> each.children().stream());
  }

  private void addSources() {
    grandchildren("registry", "src")
        .forEach(
            source -> {
              String archive = source.name() + ".crate";
              Optional<Entry> kept =
                  directory("registry", "cache")
                      .flatMap(cache -> source.parent().flatMap(each -> cache.child(each.name())))
                      .flatMap(index -> index.child(archive))
                      .filter(Entry::isFile);
              addUnpacked(
                  source,
                  "sources; cargo unpacks them again from " + archive,
                  kept,
                  archive + " is not in registry/cache, so cargo could not unpack them again");
            });
  }

  private void addCheckouts() {
    grandchildren("git", "checkouts")
        .forEach(
            checkout -> {
              String clone = checkout.parent().map(Entry::name).orElse("");
              Optional<Entry> kept =
                  directory("git", "db").flatMap(db -> db.child(clone)).filter(Entry::isDirectory);
              addUnpacked(
                  checkout,
                  "a checkout; cargo makes it again from git/db/" + clone,
                  kept,
                  "git/db/" + clone + " is missing, so cargo could not make it again");
            });
  }

  private void addUnpacked(
      Entry entry, String reason, Optional<Entry> kept, String reasonIfMissing) {
    Candidate candidate =
        Candidate.delete(entry, Cause.REGENERABLE, COST, reason).withMarker(Marker.CARGO_CHECKOUT);
    if (!entry.isDirectory() || !Marker.CARGO_CHECKOUT.isIn(entry)) {
      candidates.add(candidate.withheld("it has no .cargo-ok, so cargo did not make or finish it"));
    } else if (kept.isEmpty() && !downloadsToo) {
      candidates.add(candidate.withheld(reasonIfMissing));
    } else {
      if (kept.isPresent() && !downloadsToo) {
        candidate = candidate.requiring(new Exists(kept.get().path(), kept.get().identity()));
      }
      Candidate unedited = candidate;
      Optional<Entry> edited = editedIn(entry);
      add(
          entry,
          edited
              .map(
                  file ->
                      unedited.withheld(
                          file.path() + " changed after cargo finished writing the directory"))
              .orElse(unedited));
    }
  }

  /**
   * A file that changed after cargo finished writing the directory: a person may have edited a
   * dependency to debug it.
   */
  private static Optional<Entry> editedIn(Entry unpacked) {
    Instant finished =
        unpacked
            .child(Marker.CARGO_CHECKOUT.fileName())
            .map(Entry::lastModified)
            .orElse(Instant.MIN);
    return unpacked.entries().filter(entry -> entry.lastModified().isAfter(finished)).findFirst();
  }

  private void addDownloads(String first, String second, String reason) {
    grandchildren(first, second)
        .filter(entry -> entry.isFile() && entry.name().endsWith(".crate"))
        .forEach(archive -> add(archive, afterItsSources(archive, download(archive, reason))));
  }

  /** Sources are compared with their archive when they are removed, so it is removed after them. */
  private Candidate afterItsSources(Entry archive, Candidate candidate) {
    String name = archive.name().substring(0, archive.name().length() - ".crate".length());
    return directory("registry", "src")
        .flatMap(src -> archive.parent().flatMap(index -> src.child(index.name())))
        .flatMap(index -> index.child(name))
        .map(sources -> candidate.onlyAfter(sources.path()))
        .orElse(candidate);
  }

  private void addDirectories(String first, String second, String reason) {
    directory(first, second).stream()
        .flatMap(each -> each.children().stream())
        .filter(Entry::isDirectory)
        .forEach(entry -> add(entry, download(entry, reason)));
  }

  private static Candidate download(Entry entry, String reason) {
    return Candidate.delete(entry, Cause.REGENERABLE, RebuildCost.DOWNLOAD, reason);
  }

  /**
   * Adds a candidate. If an age or a limit applies, it is withheld unless cargo recorded its last
   * use.
   */
  private void add(Entry entry, Candidate candidate) {
    for (Entry lock : locks) {
      candidate = candidate.holding(lock.path());
    }
    if (locks.isEmpty()) {
      candidate =
          candidate.withheld(
              "cargo's lock "
                  + snapshot.rootPath().resolve(LOCKS.get(0))
                  + " is missing, so cargo cannot be locked out");
    }
    String path = CheckoutAccount.nameIn(snapshot.root(), entry);
    Optional<Instant> lastUsed = use.map(known -> known.times().get(path));
    if (lastUsed.isPresent()) {
      candidate = candidate.lastUsedAt(lastUsed.get());
    } else if (!context.retention().isNone() && candidate.withheld().isEmpty()) {
      candidate =
          candidate.withheld(
              use.isPresent()
                  ? "its last use is not recorded in cargo's .global-cache"
                  : "cargo's .global-cache, which records the last use, is missing or unreadable");
    }
    candidates.add(candidate);
  }
}
