package dev.lowtide.policies.python.sources;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.environments.EditableInstalls;
import dev.lowtide.policies.python.environments.InstalledFiles;
import dev.lowtide.policies.python.environments.SourceTree;
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
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The metadata that setuptools writes into the sources of a project. In {@code site-packages}, such
 * a directory is the record of an installed package, and an editable install needs it in the
 * sources.
 *
 * <p>Some metadata is never written again: that of a source distribution, that which a project
 * needs to start, and that which tests read. So metadata is removed only if it has a {@code
 * SOURCES.txt}, which setuptools writes last, if that lists its own path in a project, and if the
 * project has the name of the metadata.
 */
public final class EggInfo {
  private static final RebuildCost COST = RebuildCost.TRIVIAL;

  public static final Policy POLICY =
      Policy.inWorkspaces(
          "python.egg-info",
          "metadata that setuptools writes for projects that are not installed",
          COST,
          EggInfo::propose,
          EggInfo::explain);

  private static final String SUFFIX = ".egg-info";

  /** The files that setuptools 24 to 84, pbr and setuptools-scm write. */
  private static final Pattern METADATA_FILES =
      Pattern.compile(
          "PKG-INFO|(SOURCES|dependency_links|top_level|requires|entry_points|namespace_packages"
              + "|eager_resources|depends|native_libs)\\.txt|(not-)?zip-safe|pbr\\.json"
              + "|scm_(file_list|version)\\.json");

  private static final List<String> PROJECT_FILES =
      List.of("setup.py", "setup.cfg", "pyproject.toml");

  private static final Pattern TEST_DIRECTORY =
      Pattern.compile("(?i)tests?|testing|test[-_]?(data|files|packages)|fixtures?|samples?");

  /** How many directories above the metadata are searched for its project. */
  private static final int MAX_DEPTH = 5;

  private EggInfo() {}

  /** Whether a directory has the suffix and the main file of setuptools' metadata. */
  public static boolean isEggInfo(Entry entry) {
    return entry.isDirectory() && entry.name().endsWith(SUFFIX) && entry.hasFile("PKG-INFO");
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    List<Entry> found =
        SourceTree.entries(snapshot)
            .filter(EggInfo::isEggInfo)
            .filter(entry -> !isInstalled(entry.path()))
            .toList();
    if (found.isEmpty()) {
      return List.of();
    }
    EditableInstalls installs = EditableInstalls.of(context);
    return found.stream().map(entry -> judge(entry, installs)).toList();
  }

  public static String installedReason(Path file) {
    return "the project is installed from here by " + file;
  }

  private static boolean isInstalled(Path path) {
    return InstalledFiles.PACKAGE_DIRECTORIES.stream()
        .anyMatch(name -> RecordedPath.hasName(path, name));
  }

  private static Candidate judge(Entry entry, EditableInstalls installs) {
    Candidate candidate =
        Candidate.delete(
            entry,
            Cause.REGENERABLE,
            COST,
            "metadata of a project that is not installed from here; the next build writes it"
                + " again");
    Optional<String> objection = objection(entry, new FileLookup(entry.snapshot()));
    if (objection.isPresent()) {
      return candidate.withheld(objection.get());
    }
    return entry
        .parent()
        .map(project -> installs.referringTo(project.path()))
        .map(found -> EditableInstalls.restrict(found, candidate, EggInfo::installedReason))
        .orElse(candidate);
  }

  /** Explains the files that setuptools writes, if its own list shows that it wrote them. */
  private static Explanation explain(Entry subtree, HostEnvironment host) {
    Explanation.Builder unexplained = new Explanation.Builder();
    objection(subtree, new FileLookup(subtree.snapshot()))
        .ifPresent(why -> unexplained.add(subtree, "is kept: " + why));
    subtree
        .entries()
        .skip(1)
        .filter(entry -> !entry.isFile() || !METADATA_FILES.matcher(entry.name()).matches())
        .forEach(entry -> unexplained.add(entry, "is not from setuptools"));
    return unexplained.build();
  }

  /** Why it is not certain that a build writes it again. */
  private static Optional<String> objection(Entry directory, FileLookup lookup) {
    Path path = directory.path();
    Optional<String> sources =
        directory.child("SOURCES.txt").filter(Entry::isFile).flatMap(FileLookup::text);
    if (sources.isEmpty()) {
      return Optional.of("it has no SOURCES.txt, which setuptools always writes");
    }
    List<String> listed = sources.get().lines().map(String::strip).toList();
    Path project = path.getParent();
    for (int up = 0; up < MAX_DEPTH && project != null; up++) {
      String metadataPath = RecordedPath.withSlashes(project.relativize(path));
      if (listed.contains(metadataPath + "/SOURCES.txt") && lookup.isProject(project)) {
        return objection(directory, project, metadataPath, listed, lookup);
      }
      project = project.getParent();
    }
    return Optional.of("its SOURCES.txt does not list it as part of a project above it");
  }

  private static Optional<String> objection(
      Entry directory, Path project, String metadataPath, List<String> listed, FileLookup lookup) {
    String name =
        normalised(directory.name().substring(0, directory.name().length() - SUFFIX.length()));
    boolean isNamed =
        PROJECT_FILES.stream()
            .flatMap(file -> lookup.text(project.resolve(file)).stream())
            .anyMatch(text -> normalised(text).contains(name));
    if (!isNamed) {
      return Optional.of("the project in " + project + " has another name");
    } else if (listed.stream()
        .noneMatch(file -> isProjectFile(project, metadataPath, file, lookup))) {
      return Optional.of("none of the files that its SOURCES.txt lists is in " + project);
    } else if (lookup.file(project.resolve("PKG-INFO")).isPresent()) {
      return Optional.of("it came with the source distribution in " + project);
    }
    return projectWhoseTestsContain(project, lookup)
        .map(outer -> "it is among the tests of the project in " + outer + ", which may use it");
  }

  private static boolean isProjectFile(
      Path project, String metadataPath, String file, FileLookup lookup) {
    return !file.startsWith(metadataPath + "/")
        && RecordedPath.relativeToTree(RecordedPath.withSlashes(project), "", file)
            .filter(inside -> inside.equals(file))
            .filter(inside -> lookup.file(project.resolve(inside)).isPresent())
            .isPresent();
  }

  /** The project whose tests contain another project. */
  private static Optional<Path> projectWhoseTestsContain(Path project, FileLookup lookup) {
    boolean isInTests = TEST_DIRECTORY.matcher(String.valueOf(project.getFileName())).matches();
    for (Path ancestor = project.getParent(); ancestor != null; ancestor = ancestor.getParent()) {
      if (isInTests && lookup.isProject(ancestor)) {
        return Optional.of(ancestor);
      }
      isInTests |= TEST_DIRECTORY.matcher(String.valueOf(ancestor.getFileName())).matches();
    }
    return Optional.empty();
  }

  /** The name with separators as in PEP 503 and PEP 625. */
  private static String normalised(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
  }
}
