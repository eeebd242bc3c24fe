package dev.lowtide.policies.python.caches;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The packages that conda unpacks once and links into environments. Only {@code conda clean}
 * removes them; it keeps files with more than one link.
 *
 * <p>{@code conda clean} cleans all package directories that it knows, and cannot see symbolic
 * links into them. So everything is kept if there are several, or if symbolic links may exist.
 */
public final class CondaPackages {
  private static final RebuildCost COST = RebuildCost.DOWNLOAD;

  /** {@code PACKAGE_CACHE_MAGIC_FILE} in {@code conda/base/constants.py}, conda 4 to 24. */
  private static final String MARKER_FILE = "urls.txt";

  private static final CommandShape CLEAN =
      CommandShape.of(Places.CONDA, "clean", "--tarballs", "--packages", "--yes");

  public static final Policy POLICY =
      Policy.of(
          "python.conda-pkgs",
          "conda packages that no environment links to",
          COST,
          target -> Places.isPlace(Places.CONDA_PACKAGES, target),
          CondaPackages::propose,
          List.of(CLEAN));

  private CondaPackages() {}

  /** Whether a directory has conda's list of downloads, and a package as conda unpacks it. */
  static boolean isPackageCache(Entry directory) {
    return directory.hasFile(MARKER_FILE)
        && directory.children().stream()
            .flatMap(each -> each.child("info").stream())
            .anyMatch(info -> info.hasFile("index.json"));
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    Entry cache = snapshot.root();
    if (cache.children().isEmpty()) {
      return List.of();
    }
    Candidate clean =
        Candidate.run(
            cache,
            List.of(Places.CONDA, "clean", "--tarballs", "--packages", "--yes"),
            Cause.REGENERABLE,
            COST,
            "conda removes the packages that no environment links to");
    return List.of(objection(cache, context.host()).map(clean::withheld).orElse(clean));
  }

  private static Optional<String> objection(Entry cache, HostEnvironment host) {
    if (!cache.hasFile(MARKER_FILE)) {
      return Optional.of(
          "it has no " + MARKER_FILE + ", so it is not a package directory of conda");
    }
    if (host.executable(Places.CONDA).isEmpty()) {
      return Optional.of("only conda may clean its packages, and it is not on PATH");
    }
    List<Path> packageDirectories =
        Places.packagesOfConda(host).stream().map(host::resolved).toList();
    if (!packageDirectories.contains(host.resolved(cache.path()))) {
      return Optional.of("'conda clean' would clean another directory: " + packageDirectories);
    }
    Optional<Path> another =
        packageDirectories.stream()
            .filter(path -> !path.equals(host.resolved(cache.path())))
            .filter(path -> !host.isGone(path.resolve(MARKER_FILE)))
            .findFirst();
    if (another.isPresent()) {
      return another.map(
          path -> "'conda clean' would also clean " + path + "; run it yourself if you want that");
    }
    return host.ask(Places.CONDA, "config", "--show", "allow_softlinks", "always_softlink")
            .filter(answer -> !answer.contains("True"))
            .isPresent()
        ? Optional.empty()
        : Optional.of("environments may have symbolic links into it, which conda cannot see");
  }
}
