package dev.lowtide.policies.rust.target;

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
 * A directory into which cargo builds: what holds the units, which is the build directory where
 * that is another one than the target directory.
 *
 * <p>It is known by its {@code CACHEDIR.TAG}, which cargo signs, and by {@code .rustc_info.json}. A
 * directory that is only called {@code target} is none, and a symbolic link to one neither.
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

  /** All of them, wherever they are. */
  static List<TargetDirectory> in(Snapshot snapshot) {
    return snapshot
        .entries()
        .filter(entry -> entry.isFile() && entry.name().equals(INFO))
        .flatMap(info -> info.parent().stream())
        .filter(MARKER::isIn)
        .map(TargetDirectory::new)
        .toList();
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
   * When something in it was last made or found fresh, as far as that is recorded. Directories do
   * not count: they also change when something is removed.
   */
  Instant lastUsed() {
    return Stream.concat(
            root.entries().filter(entry -> !entry.isDirectory()).map(Entry::lastModified),
            units().map(Unit::lastUsed))
        .max(Instant::compareTo)
        .orElseThrow();
  }

  /**
   * The candidate, to go only while no cargo builds into any of the profiles: what is built for
   * another platform uses what is built for this one.
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
