package dev.lowtide.policies.python.buildtrees;

import static dev.lowtide.policies.python.fixtures.BuildTreeFixture.LIB;
import static dev.lowtide.policies.python.fixtures.BuildTreeFixture.TEMP;
import static dev.lowtide.policies.python.fixtures.BuildTreeFixture.cache;
import static dev.lowtide.policies.python.fixtures.BuildTreeFixture.cmake;
import static dev.lowtide.policies.python.fixtures.BuildTreeFixture.meson;
import static dev.lowtide.policies.python.fixtures.BuildTreeFixture.setuptools;
import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.lowtide.policy.Marker;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is explained in a build tree by the records in it, and so goes. */
class BuildTreesTest {
  private static final String UNPROVEN = "nothing shows that a build made it";

  private final TestTree tree = TestTree.inMemory();

  private Planned plan() {
    return Planned.workspace(tree);
  }

  private void assertGoes(String path) {
    assertThat(plan().proposed()).containsExactly(path);
    assertThat(plan().refused()).isEmpty();
  }

  private void assertKeeps(String path) {
    Planned planned = plan().apply();

    assertThat(planned.proposed()).isNotEmpty();
    assertThat(planned.refused()).containsEntry(path, UNPROVEN);
    assertThat(tree.has(path)).isTrue();
  }

  @Test
  void staysIfOnlyTheNameSpeaksForIt() {
    tree.file("app/pyproject.toml")
        .file("app/build/build.py")
        .file("web/build/lib/index.js")
        .file("web/build/temp.mine/a");

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused())
        .containsExactly(entry("app/build", UNPROVEN), entry("web/build", UNPROVEN));
  }

  @Test
  void staysIfOneForeignFileLeavesTooManyParts() {
    setuptools(tree, "app");
    for (int i = 0; i < 501; i++) {
      tree.file("app/pkg/m" + i + ".py", "print()")
          .file("app/build/" + LIB + "/pkg/m" + i + ".py", "print()");
    }
    tree.file("app/build/" + LIB + "/pkg/notes.txt", "mine");

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused())
        .containsExactly(
            entry(
                "app/build",
                "it can only be removed in more than 500 parts, because nothing shows that a build"
                    + " made /tree/app/build/"
                    + LIB
                    + "/pkg/notes.txt"));
  }

  @Test
  void ofCargoIsNotReported() {
    tree.file("target/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning())
        .file("target/debug/build/app-0123456789abcdef/output")
        .file("volume/.rustc_info.json", "{}")
        .file("volume/debug/build/app-0123456789abcdef/out/build/a.rs");

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused()).isEmpty();
  }

  @Nested
  class OfCMake {
    @BeforeEach
    void makeAProject() {
      tree.file("app/CMakeLists.txt").file("app/k.c");
    }

    @Test
    void goes() {
      cmake(tree, "app/build", "/tree/app");

      assertGoes("app/build");
    }

    @Test
    void goesWithALinkToALibrary() {
      cmake(tree, "app/build", "/tree/app").link("app/build/libk.so", "libk.so.1");

      assertGoes("app/build");
    }

    @Test
    void goesWhereNinjaKnowsTheOutputs() {
      cache(tree, "app/build", "/tree/app")
          .file(
              "app/build/build.ninja",
              "# CMAKE generated file: DO NOT EDIT!\nbuild CMakeFiles/k.dir/k.c.o: C ../k.c\n"
                  + "build sub/a$ b | ${cmake_ninja_workdir}c.txt: LINK CMakeFiles/k.dir/k.c.o\n"
                  + "build build.ninja: RERUN_CMAKE | ../config.h.in\n")
          .file("app/build/CMakeFiles/3.25.1/CMakeSystem.cmake")
          .file("app/build/.ninja_log", "# ninja log v5\n1\t2\t3\told.txt\tabc\n")
          .file("app/build/CMakeFiles/k.dir/k.c.o")
          .file("app/build/sub/a b")
          .file("app/build/c.txt")
          .file("app/build/config.h")
          .file("app/build/old.txt");

      assertGoes("app/build");
    }

    @Test
    void ofScikitBuildGoes() {
      cmake(tree, "app/_skbuild/linux-x86_64-3.12/cmake-build", "/tree/app");

      assertGoes("app/_skbuild");
    }

    @Test
    void ofScikitBuildCoreGoes() {
      cmake(tree, "app/build/cp312-cp312-linux_x86_64", "/tree/app")
          .file("app/build/cp312-cp312-linux_x86_64/.skbuild-info.json")
          .file("app/build/cp312-cp312-linux_x86_64/CMakeInit.txt");

      assertGoes("app/build");
    }

    @Test
    void ofScikitBuildCoreThatWasKilledBeforeCMakeBeganGoes() {
      tree.file("app/build/cp312/.skbuild-info.json", "{\n  \"source_dir\": \"/tree/app\"\n}")
          .file("app/build/cp312/CMakeInit.txt");

      assertGoes("app/build");
    }

    @Test
    void keepsWhatChangedAfterTheLastRun() {
      cmake(tree, "app/build", "/tree/app")
          .file("app/build/libk.a", "edited", Instant.now().plus(Duration.ofMinutes(1)));

      assertKeeps("app/build/libk.a");
    }

    @Test
    void keepsWhatOnlyHasTheNameOfAConfiguredFile() {
      cmake(tree, "app/build", "/tree/app")
          .file(
              "app/build/CMakeFiles/Makefile.cmake",
              "set(CMAKE_MAKEFILE_DEPENDS\n  \"/tree/app/config.h.in\"\n)\n")
          .file("app/build/config.h")
          .file("app/build/sub/config.h", "from elsewhere", daysAgo(400));

      assertKeeps("app/build/sub");
      assertThat(tree.has("app/build/config.h")).isFalse();
    }

    @Test
    void anObjectWhoseSourceIsGoneGoesWithTheListOfItsCompiler() {
      cmake(tree, "app/build", "/tree/app")
          .file("app/build/CMakeFiles/k.dir/gone.c.o")
          .file("app/build/CMakeFiles/k.dir/gone.c.o.d", "CMakeFiles/k.dir/gone.c.o: /tree/gone.c");

      assertGoes("app/build");
    }

    /** Each of these is what no record explains, however deep and however usual its name. */
    @ParameterizedTest
    @ValueSource(
        strings = {
          "results.csv",
          "my-notes/todo.txt",
          "CMakeFiles/notes.txt",
          "CMakeFiles/k.dir/weights.pkl",
          "CMakeFiles/mine/thesis.tex",
          "CMakeFiles/other.dir/a.c.o",
          "sub/cmake_install.cmake",
          "thesis.p",
          "thesis.p/chapter.txt",
          "libvendor.a",
          "vendor/lib.so",
          "demo-1.0-Linux.tar.gz",
          "_deps/dep-src/edited.c",
          "Testing/Temporary/report.txt",
          "CMakeFiles/3.25.1-mine/CMakeSystem.cmake",
          "CMakeFiles/3.25.1/CMakeDirectoryInformation.cmake",
          "CMakeFiles/3.25.1.old/CMakeSystem.cmake",
          "CMakeFiles/3.25.1/CompilerIdC/CMakeCCompilerId.c.old",
          "CMakeFiles/3.25.1/CompilerIdC/tmp/CMakeCCompilerId.c",
          "CMakeFiles/3.25.1/CompilerIdC/tmp/CMakeCCompilerId.cudafe1.c",
          "CMakeFiles/3.25.1/CompilerIdCUDA/tmp/CMakeCUDACompilerId.cpp",
          "CMakeFiles/k.dir/x~",
          "CMakeFiles/k.dir/mine.c.o",
          "CMakeFiles/k.dir/cmake_clean_target2.cmake",
          "CMakeFiles/k.dir/cmake_clean_target.cmake",
          "CMakeFiles/k.dir/relink.txt",
          ".cmake/api/v1/reply/notes.txt",
          ".cmake/api/v1/reply/toolchains-v1-mine.json",
          ".cmake/api/v1/reply/index-2026-11-29T19-50-25-06152.json",
          ".cmake/api/v1/reply/index-2026-11-29T19-50-25-0615-mine.json",
          "install_manifest_of-mine.txt",
          "vendor.cmake"
        })
    void keepsWhatNoRecordExplains(String file) {
      cmake(tree, "app/build", "/tree/app").file("app/build/" + file);

      Planned planned = plan().apply();

      assertThat(planned.proposed()).contains("app/build/CMakeCache.txt");
      assertThat(tree.has("app/build/" + file)).isTrue();
      assertThat(tree.has("app/build/libk.a")).isFalse();
    }

    @Test
    void keepsARepositoryOfSomeone() {
      cmake(tree, "app/build", "/tree/app").file("app/build/dep/.git/HEAD").file("app/build/dep/a");

      assertKeeps("app/build/dep");
    }

    /** Its first line says what wrote it, and not that nobody keeps it. */
    @ParameterizedTest
    @ValueSource(
        strings = {
          "CMakeFiles.old/rules.ninja",
          "CMakeFiles/my-CMakeDirectoryInformation.cmake",
          "CMakeFiles/k.dir/CMakeFiles/rules.ninja",
          "kept/Makefile.cmake"
        })
    void keepsWhatAGeneratorWroteElsewhere(String file) {
      cmake(tree, "app/build", "/tree/app")
          .file("app/build/" + file, "# CMAKE generated file: DO NOT EDIT!\n");

      plan().apply();

      assertThat(tree.has("app/build/" + file)).isTrue();
      assertThat(tree.has("app/build/libk.a")).isFalse();
    }

    @Test
    void keepsItsRecordsUntilTheRestIsGone() {
      cmake(tree, "app/build", "/tree/app").file("app/build/results.csv");

      assertThat(plan().proposed())
          .endsWith("app/build/CMakeFiles", "app/build/CMakeCache.txt")
          .startsWith("app/build/Makefile");
    }

    @Test
    void keepsTheOutputsWhoseRecordIsCutOff() {
      cmake(tree, "app/build", "/tree/app")
          .file(
              "app/build/CMakeFiles/k.dir/cmake_clean.cmake",
              "file(REMOVE_RECURSE\n  \"CMakeFiles/k.dir/k.c.o\"\n  \"libk.a\"\n");

      assertKeeps("app/build/libk.a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cmake_install.cmake", "Makefile", "CTestTestfile.cmake"})
    void keepsWhatCMakeMakesOnceInEachDirectoryWhereItMakesNone(String name) {
      cmake(tree, "app/build", "/tree/app")
          .file(
              "app/build/mine/" + name,
              switch (name) {
                case "Makefile" -> "# CMAKE generated file: DO NOT EDIT!\n";
                case "CTestTestfile.cmake" -> "# CMake generated Testfile for \n";
                default -> "# Install script for directory: /tree/app\n";
              });

      assertKeeps("app/build/mine");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"CMakeFiles/TargetDirectories.txt", "CMakeFiles/k.dir/cmake_clean.cmake"})
    void keepsTheOutputsWhoseRecordIsGone(String record) {
      cmake(tree, "app/build", "/tree/app").file("app/build/" + record, "");

      assertKeeps("app/build/libk.a");
    }

    @Test
    void staysIfItsSourcesAreElsewhere() {
      tree.file("/somewhere/else/CMakeLists.txt");
      cmake(tree, "app/build", "/somewhere/else");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app/build")).contains("/somewhere/else", "/tree");
    }

    @Test
    void staysIfItsProjectIsGone() {
      cmake(tree, "gone/build", "/tree/gone").file("gone/notes.txt");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("gone/build")).contains("no project in /tree/gone");
    }

    @Test
    void staysWhereItWasMoved() {
      cmake(tree, "app/build", "/tree/app")
          .file(
              "app/build/CMakeCache.txt",
              "CMAKE_HOME_DIRECTORY:INTERNAL=/tree/app\n"
                  + "CMAKE_CACHEFILE_DIR:INTERNAL=/tree/other\n");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).containsExactly(entry("app/build", UNPROVEN));
    }

    @Test
    void namedAsTheTargetIsOnlyLookedInto() {
      TestTree build = TestTree.in(tree.path("build"));
      cmake(build, "app/build", "/tree/build/app").file("app/CMakeLists.txt");

      assertThat(Planned.workspace(build).proposed()).containsExactly("app/build");
    }
  }

  /** CMake that runs in its own sources leaves them as they were. */
  @Nested
  class AmongTheSources {
    @BeforeEach
    void makeAProject() {
      tree.file("zstd/build/CMakeLists.txt").file("zstd/build/k.c").file("zstd/setup.py");
    }

    @Test
    void whatWasBuiltGoesAndNothingElse() {
      var before = tree.fingerprint().keySet();
      cmake(tree, "zstd/build", "/tree/zstd/build");

      plan().apply();

      assertThat(tree.fingerprint().keySet()).isEqualTo(before);
    }

    @Test
    void whatIsBelowItGoesAndNothingElse() {
      tree.file("lz4/build/cmake/CMakeLists.txt")
          .file("lz4/build/cmake/lib/CMakeLists.txt")
          .file("lz4/build/cmake/lib/x.c")
          .file("lz4/build/make/Makefile");
      var before = tree.fingerprint().keySet();
      cmake(tree, "lz4/build/cmake", "/tree/lz4/build/cmake");

      plan().apply();

      assertThat(tree.fingerprint().keySet()).isEqualTo(before);
    }

    @Test
    void whatTheProjectShipsUnderTheNameOfAnOutputStays() {
      cmake(tree, "zstd/build", "/tree/zstd/build")
          .file("zstd/build/libk.a", "shipped", daysAgo(30));

      assertKeeps("zstd/build/libk.a");
    }

    @Test
    void aDirectoryWithTheObjectsOfASourceKeepsTheSource() {
      cmake(tree, "zstd/build", "/tree/zstd/build")
          .file(
              "zstd/build/CMakeFiles/TargetDirectories.txt",
              "/tree/zstd/build/lib/CMakeFiles/x.dir\n")
          .file("zstd/build/lib/CMakeLists.txt")
          .file("zstd/build/lib/x.c")
          .file(
              "zstd/build/lib/CMakeFiles/x.dir/cmake_clean.cmake",
              "file(REMOVE_RECURSE\n  \"CMakeFiles/x.dir/x.c.o\"\n)\n")
          .file("zstd/build/lib/CMakeFiles/x.dir/x.c.o");

      Planned planned = plan().apply();

      assertThat(planned.proposed()).contains("zstd/build/lib/CMakeFiles");
      assertThat(tree.has("zstd/build/lib/x.c")).isTrue();
      assertThat(tree.has("zstd/build/lib/CMakeLists.txt")).isTrue();
    }

    @Test
    void ofMakeAndAutotoolsIsNotTouched() {
      tree.file("a/build/configure")
          .file("a/build/Makefile", "all: a.o")
          .file("a/build/config.status")
          .file("a/build/a.c")
          .file("a/build/a.o")
          .file("a/build/.libs/liba.a");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).containsEntry("a/build", UNPROVEN);
    }
  }

  @Nested
  class OfMeson {
    @BeforeEach
    void makeAProject() {
      tree.file("app/meson.build").file("app/src/x.c");
    }

    @Test
    void staysIfWhatMesonSaysOfItIsCutOff() {
      meson(tree, "app/build", "/tree/app")
          .file(
              "app/build/meson-info/meson-info.json",
              "{\"directories\": {\"source\": \"/tree/app\", \"build\": \"/tree/app/build\"");

      assertThat(plan().proposed()).isEmpty();
    }

    @Test
    void goes() {
      meson(tree, "app/builddir", "/tree/app");

      assertGoes("app/builddir");
    }

    @Test
    void ofMesonPythonGoes() {
      meson(tree, "app/build/cp312", "/tree/app")
          .file("app/build/cp312/meson-python-native-file.ini");

      assertGoes("app/build");
    }

    @Test
    void ofAMesonPythonThatWasKilledGoes() {
      tree.file("app/.mesonpy-nu9k43iv/meson-python-native-file.ini")
          .file("app/.mesonpy-nu9k43iv/meson-private/build.dat");

      assertGoes("app/.mesonpy-nu9k43iv");
    }

    @Test
    void keepsWhatChangedAfterTheLastRun() {
      meson(tree, "app/builddir", "/tree/app")
          .file("app/builddir/libx.a", "edited", Instant.now().plus(Duration.ofMinutes(1)));

      assertKeeps("app/builddir/libx.a");
    }

    @Test
    void keepsWhatOnlyHasTheNameOfAConfiguredFile() {
      meson(tree, "app/builddir", "/tree/app")
          .file(
              "app/builddir/build.ninja",
              "# This is the build file for project \"x\"\n"
                  + "build build.ninja: REGENERATE_BUILD ../meson.build ../config.h.in\n")
          .file("app/builddir/config.h")
          .file("app/builddir/sub/config.h");

      assertKeeps("app/builddir/sub");
      assertThat(tree.has("app/builddir/config.h")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "results/measured.csv",
          "thesis.p",
          "libx.a.p/notes.o",
          "libx.a.p/draft.txt",
          "meson-info/mine.json",
          "meson-private/key.txt",
          "meson-private/.gitignore",
          "src/x.c",
          "subprojects/dep/a.c",
          "libvendor.a"
        })
    void keepsWhatNoRecordExplains(String file) {
      meson(tree, "app/builddir", "/tree/app").file("app/builddir/" + file);

      Planned planned = plan().apply();

      assertThat(planned.proposed()).isNotEmpty();
      assertThat(tree.has("app/builddir/" + file)).isTrue();
      assertThat(tree.has("app/builddir/libx.a")).isFalse();
    }

    @Test
    void keepsALinkToALibraryThatIsNotBesideTheLibrary() {
      meson(tree, "app/builddir", "/tree/app")
          .file(
              "app/builddir/build.ninja",
              "# This is the build file for project \"x\"\n"
                  + "build libx.a.p/src_x.c.o: c_COMPILER ../src/x.c\n"
                  + "build libx.a: STATIC_LINKER libx.a.p/src_x.c.o\n"
                  + "build liby.so.1.2: c_LINKER ../src/x.c\n"
                  + "build liby.so.1.2.p/liby.so.1.2.symbols: SHSYM liby.so.1.2\n")
          .file("app/builddir/liby.so.1.2")
          .file("app/builddir/liby.so.1.2.p/liby.so.1.2.symbols")
          .link("app/builddir/liby.so.1.2.p/liby.so.1", "liby.so.1.2");

      plan().apply();

      assertThat(tree.has("app/builddir/liby.so.1.2.p/liby.so.1")).isTrue();
      assertThat(tree.has("app/builddir/liby.so.1.2")).isFalse();
    }

    @Test
    void staysIfItsSourcesAreElsewhere() {
      tree.file("/somewhere/else/meson.build");
      meson(tree, "app/build/cp312", "/somewhere/else");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app/build")).contains("/somewhere/else");
    }

    @Test
    void fromWhichAnEditableInstallationImportsStays() {
      meson(tree, "app/build/cp312", "/tree/app")
          .file("app/build/cp312/meson-python-native-file.ini")
          .file(
              "env/site-packages/app-1.dist-info/direct_url.json",
              "{\"dir_info\": {\"editable\": true}, \"url\": \"file:///tree/app\"}");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app/build"))
          .contains("/tree/env/site-packages/app-1.dist-info/direct_url.json");
    }
  }

  @Nested
  class OfSetuptools {

    @Test
    void goes() {
      setuptools(tree, "app")
          .directory("app/build/bdist.linux-x86_64")
          .file("app/bin/run", "#!/usr/bin/env python\nrun()")
          .file("app/build/scripts-3.12/run", "#!/opt/python\nrun()")
          .file("app/build/lib/pkg/a.py", "print()")
          .file("app/build/" + LIB + "/pkg/__pycache__/a.cpython-312.pyc")
          .file("app/build/" + TEMP + "/libvendored.a", archiveOf("_c.o/"));

      assertGoes("app/build");
    }

    @ParameterizedTest
    @ValueSource(strings = {"other.o/", "mine.o/", "notes.txt/"})
    void aLibraryOfOtherObjectsStays(String member) {
      setuptools(tree, "app")
          .file("app/build/" + TEMP + "/mine.o")
          .file("app/build/" + TEMP + "/libvendored.a", archiveOf("_c.o/", member));

      assertKeeps("app/build/" + TEMP + "/libvendored.a");
    }

    @Test
    void aLibraryThatIsCutOffStays() {
      setuptools(tree, "app")
          .file("app/build/" + TEMP + "/libvendored.a", archiveOf("_c.o/") + "_c.o/");

      assertKeeps("app/build/" + TEMP + "/libvendored.a");
    }

    /** As ar writes it. */
    private static String archiveOf(String... members) {
      StringBuilder archive = new StringBuilder("!<arch>\n");
      for (String member : members) {
        archive.append("%-16s%-32s%-10d`\n%s".formatted(member, "0", 6, "object"));
      }
      return archive.toString();
    }

    @Test
    void ofASrcLayoutGoes() {
      tree.file("app/setup.py", "setup(package_dir={'pkg': 'deep/er'})")
          .file("app/deep/er/b.py", "b")
          .file("app/src/pkg/a.py", "a")
          .directory("app/build/bdist.linux-x86_64")
          .file("app/build/lib/pkg/a.py", "a")
          .file("app/build/lib/pkg/b.py", "b");

      assertGoes("app/build");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          LIB + "/pkg/thesis.py",
          LIB + "/notes.txt",
          TEMP + "/notes.o",
          TEMP + "/pkg/results.csv",
          "lib/mine/util.py",
          "bdist.linux-x86_64/kept.whl",
          "bdist.linux-x86_64/wheel/app-1.dist-info/notes.txt",
          LIB + "/pkg/libvendor.so",
          LIB + "/pkg/_c.cpython-312-x86_64-linux-gnu2.so",
          "scripts-3.12/mine",
          TEMP + "-good/pkg/_c.o",
          "temp/x.p",
          "runs/1/model.pkl",
          "__init__.py"
        })
    void keepsWhatNoSourceExplains(String file) {
      setuptools(tree, "app").file("app/build/" + file);

      Planned planned = plan().apply();

      assertThat(planned.proposed()).isNotEmpty();
      assertThat(tree.has("app/build/" + file)).isTrue();
    }

    /** A module and an object of its name, neither of which setuptools made. */
    @ParameterizedTest
    @CsvSource({"x.o,x.so", "pkg/_d.o,pkg/_d.abi3.so", "pkg/a.o,pkg/a.abi3.so"})
    void keepsAModuleWithAnObjectOfItsName(String object, String module) {
      setuptools(tree, "app")
          .file("app/pkg/a.c")
          .file("app/build/" + TEMP + "/" + object, "object")
          .file("app/build/" + LIB + "/" + module, "linked");

      assertKeeps("app/build/" + LIB + "/" + module);
    }

    @Test
    void keepsACopyThatWasEdited() {
      setuptools(tree, "app").file("app/build/" + LIB + "/pkg/a.py", "print(1)");

      assertKeeps("app/build/" + LIB + "/pkg/a.py");
    }

    @Test
    void keepsACopyThatWasEditedToTheSameSizeAndTime() {
      setuptools(tree, "app").file("app/build/" + LIB + "/pkg/a.py", "prinT()");

      assertKeeps("app/build/" + LIB + "/pkg/a.py");
    }

    @Test
    void keepsWhoseSourceIsGone() {
      setuptools(tree, "app").file("app/build/" + LIB + "/pkg/gone.py", "all that is left");

      assertKeeps("app/build/" + LIB + "/pkg/gone.py");
    }

    /** A package of a project may be called build, and setuptools then builds into it. */
    @Test
    void keepsThePackageThatIsCalledBuild() {
      setuptools(tree, "app").file("app/build/__init__.py").file("app/build/lib/index.js");

      plan().apply();

      assertThat(tree.names())
          .contains("app/build/__init__.py", "app/build/lib/index.js", "app/pkg/a.py")
          .noneMatch(name -> name.startsWith("app/build/" + LIB));
    }

    @Test
    void keepsWhatCMakeBuildsFromElsewhere() {
      tree.file("/somewhere/else/CMakeLists.txt");
      setuptools(tree, "app");
      cmake(tree, "app/build/" + TEMP + "/ext", "/somewhere/else");

      assertThat(plan().proposed())
          .containsExactly("app/build/" + LIB, "app/build/" + TEMP + "/pkg");
      assertThat(plan().refused().get("app/build/" + TEMP + "/ext")).contains("/somewhere/else");
    }

    @Test
    void goesWithWhatCMakeBuiltForIt() {
      setuptools(tree, "app").file("app/CMakeLists.txt");
      cmake(tree, "app/build/" + TEMP + "/ext", "/tree/app");

      assertGoes("app/build");
    }

    /** What it holds of the sources may be all that is left of them. */
    @Test
    void staysIfItsProjectIsGone() {
      tree.file("gone/build/" + LIB + "/thesis.py").file("gone/notes.txt");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("gone/build")).contains("no project in /tree/gone");
    }

    @Test
    void leavesWhatIsKnownToOtherPoliciesToThem() {
      setuptools(tree, "app")
          .file("app/build/venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.12.1\n")
          .link("app/build/venv/bin/python", "/usr/bin/python3");

      assertThat(plan().refused()).doesNotContainKey("app/build/venv/pyvenv.cfg");
      assertThat(plan().proposed()).contains("app/build/" + LIB, "app/build/" + TEMP);
    }

    @Test
    void staysIfAnEditableInstallationUsesIt() {
      setuptools(tree, "app")
          .file("app/build/__editable__.sample-1-py3-none-any/sample.py")
          .file(
              "env/site-packages/__editable__.sample-1.pth",
              "/tree/app/build/__editable__.sample-1-py3-none-any\n");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app/build"))
          .contains("/tree/env/site-packages/__editable__.sample-1.pth");
    }
  }
}
