package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.environments.EditableInstalls;
import dev.lowtide.policies.python.environments.EditableInstalls.Install;
import dev.lowtide.policies.python.environments.SourceTree;
import dev.lowtide.policies.python.files.FileLookup;
import dev.lowtide.policies.python.sources.EggInfo;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement.SameContent;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Extension modules that {@code build_ext --inplace} of setuptools copied from {@code build/lib.*}
 * into the sources.
 *
 * <p>A file is such a copy if {@code build/lib.*} has a file at the same place in its package and
 * with the same content, and if {@link LinkedModules} shows that the build linked it. The content
 * alone does not show that, since setuptools also copies the compiled modules that a project ships
 * to {@code build/lib.*}.
 */
public final class InPlaceExtensions {
  private static final RebuildCost COST = RebuildCost.COMPUTE;

  public static final Policy POLICY =
      Policy.inWorkspaces(
          "python.in-place",
          "extension modules that a build copied into the sources",
          COST,
          InPlaceExtensions::propose);

  /** EXTENSION_SUFFIXES of CPython's and PyPy's importlib, except those without a tag. */
  private static final Pattern MODULE =
      Pattern.compile(
          "([^.]+)\\.(?:cpython-[^.]+|abi3|abi3t|pypy[^.]+|cp[0-9]+[^.]*)\\.(?:so|pyd)");

  private static final String LIB_PREFIX = "lib.";
  private static final String TEMP_PREFIX = "temp.";

  private InPlaceExtensions() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    List<Entry> builds =
        SourceTree.entries(snapshot)
            .filter(entry -> entry.isDirectory() && entry.name().equals("build"))
            .filter(SetuptoolsRecord::isBuildDirectory)
            .toList();
    if (builds.isEmpty()) {
      return List.of();
    }
    EditableInstalls installs = EditableInstalls.of(context);
    List<Candidate> candidates = new ArrayList<>();
    for (Entry build : builds) {
      build
          .parent()
          .ifPresent(project -> collect(project, build, installs, context.host(), candidates));
    }
    return candidates;
  }

  private static void collect(
      Entry project,
      Entry build,
      EditableInstalls installs,
      HostEnvironment host,
      List<Candidate> candidates) {
    Map<String, List<Entry>> modulesByName = new HashMap<>();
    List<Entry> tempDirectories = new ArrayList<>();
    for (Entry child : build.children()) {
      if (child.isDirectory() && child.name().startsWith(LIB_PREFIX)) {
        child
            .entries()
            .filter(entry -> entry.isFile() && MODULE.matcher(entry.name()).matches())
            .forEach(
                entry ->
                    modulesByName.computeIfAbsent(entry.name(), n -> new ArrayList<>()).add(entry));
      } else if (child.isDirectory() && child.name().startsWith(TEMP_PREFIX)) {
        tempDirectories.add(child);
      }
    }
    if (modulesByName.isEmpty()) {
      return;
    }
    FileLookup lookup = new FileLookup(project.snapshot());
    SetuptoolsObjects objects = new SetuptoolsObjects(project.path(), lookup, host);
    LinkedModules linked =
        new LinkedModules(
            tempDirectories.stream().flatMap(each -> objects.compiledIn(each).stream()).toList());
    List<Install> installed = installs.referringToPartsOf(project.path());
    PackageDirectories packageDirectories = PackageDirectories.of(project.path(), lookup);
    SourceTree.entries(project, entry -> entry.equals(build) || SourceTree.isSkipped(entry))
        .filter(Entry::isFile)
        .forEach(
            file -> {
              List<Entry> originals =
                  modulesByName.getOrDefault(file.name(), List.of()).stream()
                      .filter(
                          original -> isInPlacePathOf(original, file, build, packageDirectories))
                      .toList();
              if (!originals.isEmpty() && !isInstalled(file, project)) {
                candidates.add(judge(file, originals, linked, installed));
              }
            });
  }

  /** Whether a file is where build_ext of setuptools copies an original. */
  private static boolean isInPlacePathOf(
      Entry original, Entry file, Entry build, PackageDirectories packageDirectories) {
    Path inBuild = build.path().relativize(original.path());
    return packageDirectories.isSourceOf(inBuild.subpath(1, inBuild.getNameCount()), file.path());
  }

  /**
   * Whether {@code pip install --target} put it into the project: then its metadata is beside it,
   * or beside a directory that contains it.
   */
  private static boolean isInstalled(Entry file, Entry project) {
    for (Optional<Entry> ancestor = file.parent();
        ancestor.isPresent();
        ancestor = ancestor.get().parent()) {
      boolean recorded =
          ancestor.get().children().stream()
              .anyMatch(child -> child.isDirectory() && child.name().endsWith(".dist-info"));
      if (recorded) {
        return true;
      } else if (ancestor.get().equals(project)) {
        return false;
      }
    }
    return false;
  }

  private static Candidate judge(
      Entry file, List<Entry> originals, LinkedModules linked, List<Install> installed) {
    Candidate candidate =
        EditableInstalls.restrict(
            installed,
            Candidate.delete(
                file,
                Cause.REGENERABLE,
                COST,
                "a copy of " + originals.get(0).path() + "; a build in place makes it again"),
            EggInfo::installedReason);
    if (candidate.withheld().isPresent()) {
      return candidate;
    }
    Matcher module = MODULE.matcher(file.name());
    // Plain distutils links into the sources and copies nothing; the module in the build tree
    // may be from an earlier build, and older than the objects
    boolean isLinked =
        module.matches()
            && Stream.concat(Stream.of(file), originals.stream())
                .anyMatch(each -> linked.mayBeModule(module.group(1), each));
    if (!isLinked) {
      return candidate.withheld("the build tree has no object that it was linked from");
    }
    return originals.stream()
        .filter(file::hasSameContentAs)
        .findFirst()
        .map(original -> candidate.requiring(new SameContent(file.path(), original.path(), false)))
        .orElseGet(
            () ->
                candidate.withheld(
                    "it may be the only copy: it differs from " + originals.get(0).path()));
  }
}
