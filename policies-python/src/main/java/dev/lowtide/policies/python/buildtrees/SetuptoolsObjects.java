package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.FileLookup;
import dev.lowtide.policies.python.files.RecordedPath;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The objects that setuptools compiled in its {@code temp*}. An object is one of them if it has the
 * path of a source of the project, or if it is explained by the record of a CMake that setuptools
 * ran there.
 */
final class SetuptoolsObjects {
  /**
   * The suffixes of sources that setuptools, Cython and cffi compile: "_compile" of their
   * compilers.
   */
  private static final List<String> SOURCE_SUFFIXES =
      List.of("c", "cc", "cpp", "cxx", "c++", "pyx", "m", "mm", "f", "f90", "for", "s", "S", "cu");

  private static final Pattern OBJECT = Pattern.compile("(.+)\\.(?:o|obj)");

  private final Path project;
  private final FileLookup lookup;
  private final HostEnvironment host;

  SetuptoolsObjects(Path project, FileLookup lookup, HostEnvironment host) {
    this.project = project;
    this.lookup = lookup;
    this.host = host;
  }

  List<Entry> compiledIn(Entry tempDirectory) {
    List<CMakeRecord> trees =
        tempDirectory
            .entries()
            .filter(entry -> entry.isDirectory() && entry.hasFile(CMakeNames.CACHE))
            .flatMap(entry -> CMakeRecord.of(entry.path(), lookup, host).stream())
            .toList();
    return tempDirectory
        .entries()
        .filter(entry -> entry.isFile() && OBJECT.matcher(entry.name()).matches())
        .filter(
            object ->
                isCompiledFromSource(relative(tempDirectory.path(), object))
                    || trees.stream()
                        .filter(tree -> object.path().startsWith(tree.tree()))
                        .anyMatch(tree -> tree.explains(object, relative(tree.tree(), object))))
        .toList();
  }

  private static String relative(Path directory, Entry object) {
    return RecordedPath.withSlashes(directory.relativize(object.path()));
  }

  /**
   * Whether a path is that of an object whose source exists.
   *
   * @param path relative to {@code temp*}, with slashes
   */
  boolean isCompiledFromSource(String path) {
    Matcher object = OBJECT.matcher(path);
    return object.matches()
        && SOURCE_SUFFIXES.stream().anyMatch(ending -> hasSource(object.group(1) + "." + ending));
  }

  /**
   * Objects have the path of their source relative to the project, or its absolute path without the
   * root.
   */
  private boolean hasSource(String path) {
    return lookup.file(project.resolve(path)).isPresent()
        || lookup.file(project.getRoot().resolve(path)).isPresent();
  }
}
