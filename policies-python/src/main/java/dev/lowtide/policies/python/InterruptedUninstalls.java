package dev.lowtide.policies.python;

import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What pip moved aside in {@code site-packages} and did not get to remove: {@code ~umpy} for {@code
 * numpy} (AdjacentTempDirectory of pip 19 to 26). While an installation runs, the same is what pip
 * goes back to if it fails, so that only what was moved long ago goes.
 */
final class InterruptedUninstalls {
  static final RebuildCost COST = RebuildCost.DOWNLOAD;

  /** No installation takes so long. */
  private static final Duration OVER = Duration.ofDays(1);

  /** Modules, and the records of {@code *.dist-info} and {@code *.egg-info}. */
  private static final Pattern OF_A_PACKAGE =
      Pattern.compile(".+\\.(py|pyc|pyi|so|pyd|dll|dylib)|METADATA|RECORD|PKG-INFO");

  private InterruptedUninstalls() {}

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return snapshot
        .entries()
        .filter(entry -> entry.isDirectory() && EggInfo.INSTALLED.contains(entry.name()))
        .flatMap(packages -> packages.children().stream())
        .filter(entry -> entry.isDirectory() && entry.name().startsWith("~"))
        .map(entry -> judge(entry, context))
        .toList();
  }

  private static Candidate judge(Entry moved, PolicyContext context) {
    Instant since = moved.newestChange(); // a move changes the status of the directory itself
    Candidate candidate =
        Candidate.delete(
                moved,
                Cause.ORPHANED,
                COST,
                "pip moved it aside to uninstall it, and did not get to remove it")
            .lastUsedAt(since);
    if (!isPartOfAPackage(moved)) {
      return candidate.withheld("nothing in it shows that it is part of a package");
    }
    return since.isBefore(context.now().minus(OVER))
        ? candidate
        : candidate.withheld("an installation of the last day may still go back to it");
  }

  private static boolean isPartOfAPackage(Entry moved) {
    List<Entry> files = moved.entries().filter(entry -> !entry.isDirectory()).toList();
    return files.isEmpty()
        || files.stream().anyMatch(file -> OF_A_PACKAGE.matcher(file.name()).matches());
  }
}
