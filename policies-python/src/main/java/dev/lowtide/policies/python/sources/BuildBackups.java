package dev.lowtide.policies.python.sources;

import dev.lowtide.policies.python.environments.SourceTree;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement.SameContent;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Set;

/**
 * Backups that build scripts make of files that they edit, such as {@code pyproject.toml.backup}. A
 * backup differs from the file if the script was interrupted before it restored the file. Then it
 * may be the only copy of what a person wrote.
 */
public final class BuildBackups {
  private static final RebuildCost COST = RebuildCost.TRIVIAL;

  public static final Policy POLICY =
      Policy.inWorkspaces(
          "python.build-backup",
          "backups of build files with the same content as the file",
          COST,
          BuildBackups::propose);

  private static final String SUFFIX = ".backup";
  private static final Set<String> EDITED_FILES =
      Set.of("pyproject.toml", "setup.py", "setup.cfg", "README.md", "README.rst");

  private BuildBackups() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return SourceTree.entries(snapshot)
        .filter(entry -> entry.isFile() && entry.name().endsWith(SUFFIX))
        .filter(entry -> EDITED_FILES.contains(originalName(entry)))
        .map(BuildBackups::judge)
        .toList();
  }

  private static String originalName(Entry backup) {
    return backup.name().substring(0, backup.name().length() - SUFFIX.length());
  }

  private static Candidate judge(Entry backup) {
    String name = originalName(backup);
    Candidate candidate =
        Candidate.delete(
            backup,
            Cause.SUPERSEDED,
            COST,
            "a backup with the same content as " + name + " beside it");
    return backup
        .parent()
        .flatMap(directory -> directory.child(name))
        .filter(backup::hasSameContentAs)
        .map(original -> candidate.requiring(new SameContent(backup.path(), original.path())))
        .orElseGet(
            () ->
                candidate.withheld(
                    "it may be the only copy of an edit: it differs from " + name + " beside it"));
  }
}
