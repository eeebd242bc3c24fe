package dev.lowtide.policies.rust.builds;

import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A directory into which cargo builds units: the target directory, or the build directory if it is
 * another one.
 *
 * <p>Recognised by {@code .rustc_info.json} and the {@code CACHEDIR.TAG} that cargo writes into a
 * directory that it makes. Cargo does not tag a directory that was there before, such as a volume;
 * there, a profile with cargo's lock and a record of a unit is the evidence. The name {@code
 * target} proves nothing, and symbolic links are not followed.
 */
final class TargetDirectory {
  static final String INFO = ".rustc_info.json";

  /** As cargo 1.95 writes it. */
  static final Marker MARKER =
      new Marker(
          "CACHEDIR.TAG",
          Marker.CACHE_DIRECTORY.beginning()
              + "\n# This file is a cache directory tag created by cargo.");

  private final Entry root;
  private final List<Profile> profiles = new ArrayList<>();

  private TargetDirectory(Entry root) {
    this.root = root;
    for (Entry child : root.children()) {
      Optional<Profile> profile = Profile.in(child, child.name());
      profile.ifPresent(profiles::add);
      if (profile.isEmpty()) {
        child.children().stream()
            .flatMap(below -> Profile.in(below, child.name() + "/" + below.name()).stream())
            .forEach(profiles::add);
      }
    }
  }

  static List<TargetDirectory> in(Snapshot snapshot) {
    return withInfo(snapshot).flatMap(directory -> read(directory).stream()).toList();
  }

  /** Whether a snapshot may have any target directory; reads nothing. */
  static boolean mayBeIn(Snapshot snapshot) {
    return withInfo(snapshot).findFirst().isPresent();
  }

  /** The directories in a snapshot in which a compiler's answers lie, but nothing else of cargo. */
  static List<Entry> unrecognised(Snapshot snapshot) {
    return withInfo(snapshot)
        .filter(directory -> !MARKER.isIn(directory) && read(directory).isEmpty())
        .toList();
  }

  private static Stream<Entry> withInfo(Snapshot snapshot) {
    return snapshot
        .entries()
        .filter(entry -> entry.nameStartsWith(INFO))
        .filter(entry -> entry.isFile() && entry.name().equals(INFO))
        .flatMap(info -> info.parent().stream());
  }

  private static Optional<TargetDirectory> read(Entry directory) {
    if (MARKER.isIn(directory)) {
      return Optional.of(new TargetDirectory(directory));
    } else if (directory.child(MARKER.fileName()).isPresent()) {
      return Optional.empty();
    }
    return untagged(directory)
        .filter(target -> target.units().anyMatch(unit -> unit.known().isPresent()));
  }

  /** A target directory that cargo did not tag; empty if it has built nothing there. */
  static Optional<TargetDirectory> untagged(Entry directory) {
    return Optional.of(directory)
        .filter(each -> each.hasFile(INFO))
        .map(TargetDirectory::new)
        .filter(target -> !target.profiles.isEmpty());
  }

  boolean isTagged() {
    return MARKER.isIn(root);
  }

  Entry root() {
    return root;
  }

  Path path() {
    return root.path();
  }

  List<Profile> profiles() {
    return profiles;
  }

  Stream<Unit> units() {
    return profiles.stream().flatMap(profile -> profile.units().stream());
  }

  /**
   * When it was moved here, or something in it was last made, added or found fresh, as far as that
   * is recorded. The directories in it do not count: removals change them too.
   */
  Instant lastUsed() {
    Stream<Instant> files =
        root.entries()
            .filter(entry -> !entry.isDirectory())
            .map(file -> file.newestChange(TargetDirectory::hasNoisyStatus));
    return Stream.of(Stream.of(root.lastChanged()), files, units().map(Unit::lastUsed))
        .flatMap(times -> times)
        .max(Instant::compareTo)
        .orElseThrow();
  }

  /**
   * Whether the status of a file also changes without use: because another link is removed, or
   * because Lowtide reads it and resets its access time.
   */
  private static boolean hasNoisyStatus(Entry file) {
    return file.links() > 1
        || file.name().endsWith(".d")
        || file.relativePath().toString().contains(Profile.RECORD);
  }

  /**
   * The candidate, to be removed only while Lowtide holds the locks of all profiles: builds for
   * other platforms use what is built for this one.
   */
  Candidate locked(Candidate candidate) {
    Candidate locked = candidate;
    for (Profile profile : profiles) {
      for (Path lock : profile.locks()) {
        locked = locked.holding(lock);
      }
    }
    return locked;
  }
}
