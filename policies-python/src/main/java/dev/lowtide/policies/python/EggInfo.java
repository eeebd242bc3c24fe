package dev.lowtide.policies.python;

import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What setuptools writes about a project into its sources. In {@code site-packages} the same is the
 * record of an installed package, and an editable install needs it where it is.
 */
final class EggInfo {
  static final RebuildCost COST = RebuildCost.TRIVIAL;

  private static final String ENDING = ".egg-info";

  /** Where installed packages lie, by the name of the directory. */
  static final Set<String> INSTALLED = Set.of("site-packages", "dist-packages");

  private EggInfo() {}

  /** Whether setuptools made a directory. */
  static boolean isOne(Entry entry) {
    return entry.isDirectory() && entry.name().endsWith(ENDING) && entry.hasFile("PKG-INFO");
  }

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    List<Entry> found =
        SourceTree.entries(snapshot)
            .filter(EggInfo::isOne)
            .filter(entry -> !isInstalled(entry.path()))
            .toList();
    if (found.isEmpty()) {
      return List.of();
    }
    EditableInstalls installs = EditableInstalls.of(context);
    return found.stream().map(entry -> judge(entry, installs)).toList();
  }

  static String installedBy(Path file) {
    return "the project is installed from here by " + file;
  }

  private static boolean isInstalled(Path path) {
    return INSTALLED.stream().anyMatch(name -> Places.hasName(path, name));
  }

  private static Candidate judge(Entry entry, EditableInstalls installs) {
    Candidate candidate =
        Candidate.delete(
            entry,
            Cause.REGENERABLE,
            COST,
            "metadata of a project that is not installed from here; the next build writes it"
                + " again");
    return entry
        .parent()
        .map(project -> installs.referringTo(project.path()))
        .map(found -> EditableInstalls.heeding(found, candidate, EggInfo::installedBy))
        .orElse(candidate);
  }
}
