package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import dev.lowtide.shared.Ownership;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps what lacks the marker that its policy requires. Also keeps a directory that has both the
 * marker and files of a project: a tool whose cache directory is set to the top directory of a
 * project marks that directory.
 */
final class MarkerGuard implements Guard {
  private static final Set<String> PROJECT_FILES =
      Set.of(
          ".git",
          ".hg",
          ".svn",
          ".jj",
          "Cargo.toml",
          "CMakeLists.txt",
          "Makefile",
          "build.gradle",
          "build.gradle.kts",
          "go.mod",
          "meson.build",
          "package.json",
          "pom.xml",
          "pyproject.toml",
          "setup.cfg",
          "setup.py");

  @Override
  public String id() {
    return "marker";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    if (candidate.marker().isEmpty()) {
      return Optional.empty();
    }
    Marker marker = candidate.marker().get();
    if (!marker.isIn(subtree)) {
      return Optional.of(
          "it has no "
              + marker.fileName()
              + " that proves what it is; if you know what it is, remove it by hand");
    }
    if (marker.equals(Marker.OWNED)) { // a build may have put anything there, even projects
      return Ownership.of(subtree).isPresent()
          ? Optional.empty()
          : Optional.of(
              "its "
                  + marker.fileName()
                  + " was not written for this directory; if you know what it is, remove it by"
                  + " hand");
    }
    if (marker.equals(Marker.CARGO_CHECKOUT)) {
      return Optional.empty(); // a clone of a project
    }
    return subtree.children().stream()
        .filter(child -> PROJECT_FILES.contains(child.name()))
        .findFirst()
        .map(
            child ->
                Printable.of(child.path())
                    + " is beside its "
                    + marker.fileName()
                    + ", so it is a project; remove by hand what you do not need");
  }
}
