package dev.lowtide.policies.python.environments;

import static java.util.Objects.requireNonNull;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.FileLookup;
import dev.lowtide.policies.python.files.RecordedPath;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What pip renamed in {@code site-packages} to remove it, and did not remove because it was
 * interrupted: {@code ~umpy} for {@code numpy} (AdjacentTempDirectory of pip 19 to 26). A running
 * pip restores it if the installation fails, so only old leftovers are removed.
 */
public final class InterruptedUninstalls {
  private static final RebuildCost COST = RebuildCost.DOWNLOAD;

  public static final Policy POLICY =
      Policy.inWorkspaces(
          "python.interrupted-uninstall",
          "packages that an interrupted uninstall left behind",
          COST,
          InterruptedUninstalls::propose,
          InterruptedUninstalls::explain);

  /** Longer than any installation takes. */
  private static final Duration MAX_INSTALLATION_TIME = Duration.ofDays(1);

  /** Modules, and files of {@code *.dist-info} and {@code *.egg-info}. */
  private static final Pattern PACKAGE_FILE =
      Pattern.compile(".+\\.(py|pyc|pyi|so|pyd|dll|dylib)|METADATA|RECORD|PKG-INFO");

  private static final String DIST_INFO_SUFFIX = ".dist-info";
  private static final Pattern BYTECODE =
      Pattern.compile("(.+)/__pycache__/([^/.]+)\\.[^/]+\\.pyc");

  private InterruptedUninstalls() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return snapshot
        .entries()
        .filter(
            entry ->
                entry.isDirectory() && InstalledFiles.PACKAGE_DIRECTORIES.contains(entry.name()))
        .flatMap(packages -> packages.children().stream())
        .filter(entry -> entry.isDirectory() && entry.name().startsWith("~"))
        .map(entry -> judge(entry, context))
        .toList();
  }

  private static Candidate judge(Entry renamed, PolicyContext context) {
    Instant renamedAt = renamed.newestChange(); // a move changes the status of the directory itself
    Candidate candidate =
        Candidate.delete(
                renamed, Cause.ORPHANED, COST, "the rest of an interrupted uninstall of pip")
            .lastUsedAt(renamedAt);
    if (!isPartOfPackage(renamed)) {
      return candidate.withheld("nothing in it shows that it is part of a package");
    }
    // The record explains the other directories, so it is removed last
    for (Entry other : renamed.parent().map(Entry::children).orElse(List.of())) {
      if (renamed.name().endsWith(DIST_INFO_SUFFIX)
          && other.isDirectory()
          && other.name().startsWith("~")
          && !other.name().endsWith(DIST_INFO_SUFFIX)) {
        candidate = candidate.onlyAfter(other.path());
      }
    }
    return renamedAt.isBefore(context.now().minus(MAX_INSTALLATION_TIME))
        ? candidate
        : candidate.withheld(
            "it was renamed less than a day ago, so a running pip may still restore it");
  }

  /** Explains the files that a record lists; pip renamed the record together with them. */
  private static Explanation explain(Entry subtree, HostEnvironment host) {
    Explanation.Builder unexplained = new Explanation.Builder();
    Path site = requireNonNull(subtree.path().getParent());
    InstalledFiles files = new InstalledFiles();
    new FileLookup(subtree.snapshot()).entry(site).ifPresent(entry -> files.addPackages(entry, ""));
    subtree
        .entries()
        .filter(entry -> !entry.isDirectory())
        .forEach(
            entry ->
                objection(RecordedPath.withSlashes(site.relativize(entry.path())), entry, files)
                    .ifPresent(why -> unexplained.add(entry, why)));
    return unexplained.build();
  }

  private static Optional<String> objection(String path, Entry entry, InstalledFiles files) {
    Matcher compiled = BYTECODE.matcher(path);
    return entry.isFile() && compiled.matches() && files.contains(compiled.replaceFirst("$1/$2.py"))
        ? Optional.empty()
        : files.objection(path, entry);
  }

  private static boolean isPartOfPackage(Entry renamed) {
    List<Entry> files = renamed.entries().filter(entry -> !entry.isDirectory()).toList();
    return files.isEmpty()
        || files.stream().anyMatch(file -> PACKAGE_FILE.matcher(file.name()).matches());
  }
}
