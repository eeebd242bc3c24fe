package dev.lowtide.policies.python.sources;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.environments.EditableInstalls;
import dev.lowtide.policies.python.environments.InstalledFiles;
import dev.lowtide.policies.python.environments.SourceTree;
import dev.lowtide.policies.python.files.Beside;
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
 * <p>No tool restores the metadata in a source distribution, the metadata that a project needs to
 * start, and the metadata that tests read. So metadata is removed only if its {@code SOURCES.txt},
 * which setuptools writes last, contains its path in a project of its name.
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

  private static final String ENDING = ".egg-info";

  /** The files that setuptools 24 to 84, pbr and setuptools-scm write. */
  private static final Pattern NAMES =
      Pattern.compile(
          "PKG-INFO|(SOURCES|dependency_links|top_level|requires|entry_points|namespace_packages"
              + "|eager_resources|depends|native_libs)\\.txt|(not-)?zip-safe|pbr\\.json"
              + "|scm_(file_list|version)\\.json");

  private static final List<String> SETTINGS = List.of("setup.py", "setup.cfg", "pyproject.toml");

  private static final Pattern TESTS =
      Pattern.compile("(?i)tests?|testing|test[-_]?(data|files|packages)|fixtures?|samples?");

  /** SOURCES.txt is at most some package directories below the project. */
  private static final int MAX_DEPTH = 5;

  private EggInfo() {}

  /** Whether setuptools made a directory. */
  public static boolean isOne(Entry entry) {
    return entry.isDirectory() && entry.name().endsWith(ENDING) && entry.hasFile("PKG-INFO");
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
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

  public static String installedBy(Path file) {
    return "the project is installed from here by " + file;
  }

  private static boolean isInstalled(Path path) {
    return InstalledFiles.SITES.stream().anyMatch(name -> RecordedPath.hasName(path, name));
  }

  private static Candidate judge(Entry entry, EditableInstalls installs) {
    Candidate candidate =
        Candidate.delete(
            entry,
            Cause.REGENERABLE,
            COST,
            "metadata of a project that is not installed from here; the next build writes it"
                + " again");
    Optional<String> objection = objection(entry, new Beside(entry.snapshot()));
    if (objection.isPresent()) {
      return candidate.withheld(objection.get());
    }
    return entry
        .parent()
        .map(project -> installs.referringTo(project.path()))
        .map(found -> EditableInstalls.restrict(found, candidate, EggInfo::installedBy))
        .orElse(candidate);
  }

  /** Explains the files that setuptools writes, if its own list shows that it wrote them. */
  private static Explanation explain(Entry subtree, HostEnvironment host) {
    Explanation.Builder unexplained = new Explanation.Builder();
    objection(subtree, new Beside(subtree.snapshot()))
        .ifPresent(why -> unexplained.add(subtree, "is kept: " + why));
    subtree
        .entries()
        .skip(1)
        .filter(entry -> !entry.isFile() || !NAMES.matcher(entry.name()).matches())
        .forEach(entry -> unexplained.add(entry, "is not a file of setuptools"));
    return unexplained.build();
  }

  /** Why it is not certain that a build writes it again. */
  private static Optional<String> objection(Entry directory, Beside beside) {
    Path path = directory.path();
    Optional<String> sources =
        directory.child("SOURCES.txt").filter(Entry::isFile).flatMap(Beside::text);
    if (sources.isEmpty()) {
      return Optional.of("it has no SOURCES.txt, which setuptools always writes");
    }
    List<String> listed = sources.get().lines().map(String::strip).toList();
    Path project = path.getParent();
    for (int up = 0; up < MAX_DEPTH && project != null; up++) {
      String own = RecordedPath.slashed(project.relativize(path));
      if (listed.contains(own + "/SOURCES.txt") && beside.isProject(project)) {
        return objection(directory, project, own, listed, beside);
      }
      project = project.getParent();
    }
    return Optional.of("its SOURCES.txt does not belong to a project here");
  }

  private static Optional<String> objection(
      Entry directory, Path project, String own, List<String> listed, Beside beside) {
    String name =
        normalised(directory.name().substring(0, directory.name().length() - ENDING.length()));
    boolean named =
        SETTINGS.stream()
            .flatMap(file -> beside.text(project.resolve(file)).stream())
            .anyMatch(text -> normalised(text).contains(name));
    if (!named) {
      return Optional.of("the project in " + project + " has another name");
    } else if (listed.stream().noneMatch(file -> isThere(project, own, file, beside))) {
      return Optional.of("no file of its SOURCES.txt is in " + project);
    } else if (beside.file(project.resolve("PKG-INFO")).isPresent()) {
      return Optional.of("it came with the source distribution in " + project);
    }
    return among(project, beside)
        .map(outer -> "it is among the tests of the project in " + outer + ", which may use it");
  }

  private static boolean isThere(Path project, String own, String file, Beside beside) {
    return !file.startsWith(own + "/")
        && RecordedPath.in(RecordedPath.slashed(project), "", file)
            .filter(inside -> inside.equals(file))
            .filter(inside -> beside.file(project.resolve(inside)).isPresent())
            .isPresent();
  }

  /** The project whose tests contain another project. */
  private static Optional<Path> among(Path project, Beside beside) {
    boolean tests = TESTS.matcher(String.valueOf(project.getFileName())).matches();
    for (Path above = project.getParent(); above != null; above = above.getParent()) {
      if (tests && beside.isProject(above)) {
        return Optional.of(above);
      }
      tests |= TESTS.matcher(String.valueOf(above.getFileName())).matches();
    }
    return Optional.empty();
  }

  /** The name with separators as in PEP 503 and PEP 625. */
  private static String normalised(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
  }
}
