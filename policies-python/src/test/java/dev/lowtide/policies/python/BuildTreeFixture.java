package dev.lowtide.policies.python;

import dev.lowtide.testing.TestTree;

/** Build trees in memory, with the records that the tools leave in them. */
public final class BuildTreeFixture {
  public static final String LIB = "lib.linux-x86_64-cpython-312";
  public static final String TEMP = "temp.linux-x86_64-cpython-312";

  private BuildTreeFixture() {}

  /** One of CMake with make, which built {@code libk.a} of {@code k.c}. */
  public static TestTree cmake(TestTree tree, String path, String sources) {
    String place = tree.path(path).toString();
    return cache(tree, path, sources)
        .file(path + "/CMakeFiles/3.25.1/CMakeSystem.cmake", "")
        .file(path + "/CMakeFiles/TargetDirectories.txt", place + "/CMakeFiles/k.dir\n")
        .file(path + "/CMakeFiles/Makefile2", "")
        .file(path + "/CMakeFiles/k.dir/build.make", "")
        .file(path + "/CMakeFiles/k.dir/k.c.o", "object")
        .file(
            path + "/CMakeFiles/k.dir/cmake_clean.cmake",
            "file(REMOVE_RECURSE\n  \"CMakeFiles/k.dir/k.c.o\"\n  \"libk.a\"\n  \"libk.so\"\n)\n")
        .file(path + "/Makefile", "# CMAKE generated file: DO NOT EDIT!\n")
        .file(path + "/cmake_install.cmake", "# Install script for directory: " + sources + "\n")
        .file(path + "/libk.a", "archive");
  }

  /** What CMake writes into a tree whatever the generator is. */
  public static TestTree cache(TestTree tree, String path, String sources) {
    return tree.file(
        path + "/CMakeCache.txt",
        "# This is the CMakeCache file.\nCMAKE_CACHE_MAJOR_VERSION:INTERNAL=3\n"
            + "CMAKE_CACHE_MINOR_VERSION:INTERNAL=25\nCMAKE_CACHE_PATCH_VERSION:INTERNAL=1\n"
            + "CMAKE_CACHEFILE_DIR:INTERNAL="
            + tree.path(path)
            + "\nCMAKE_HOME_DIRECTORY:INTERNAL="
            + sources
            + "\n");
  }

  /** One of Meson, which built {@code libx.a} of {@code x.c}. */
  public static TestTree meson(TestTree tree, String path, String sources) {
    return tree.file(
            path + "/meson-info/meson-info.json",
            "{\"directories\": {\"source\": \"%s\", \"build\": \"%s\"}}"
                .formatted(sources, tree.path(path)))
        .file(path + "/meson-private/build.dat", "")
        .file(path + "/meson-logs/meson-log.txt", "")
        .file(
            path + "/build.ninja",
            "# This is the build file for project \"x\"\n"
                + "build libx.a.p/src_x.c.o: c_COMPILER ../src/x.c\n"
                + "build libx.a: STATIC_LINKER $\n libx.a.p/src_x.c.o\n"
                + "build ../src/x.c: phony\n")
        .file(path + "/libx.a.p/src_x.c.o", "object")
        .file(path + "/libx.a", "archive");
  }

  /** One of setuptools, beside a project with a package and an extension module. */
  public static TestTree setuptools(TestTree tree, String project) {
    return tree.file(project + "/setup.py", "setup()")
        .file(project + "/pkg/a.py", "print()")
        .file(project + "/pkg/_c.c", "int c;")
        .file(project + "/build/" + LIB + "/pkg/a.py", "print()")
        .file(project + "/build/" + TEMP + "/pkg/_c.o", "\0PyInit__c\0")
        .file(project + "/build/" + LIB + "/pkg/_c.cpython-312-x86_64-linux-gnu.so", "linked");
  }

  /**
   * What setuptools writes about a project.
   *
   * @param metadata its directory, relative to the project
   */
  public static TestTree eggInfo(TestTree tree, String project, String metadata) {
    String name = metadata.replaceFirst(".*/", "").replace(".egg-info", "");
    return tree.file(project + "/setup.py", "setup(name='" + name.replace('_', '-') + "')")
        .file(project + "/" + metadata + "/PKG-INFO", "Name: " + name + "\n")
        .file(project + "/" + metadata + "/dependency_links.txt", "\n")
        .file(
            project + "/" + metadata + "/SOURCES.txt",
            "setup.py\n" + metadata + "/PKG-INFO\n" + metadata + "/SOURCES.txt");
  }
}
