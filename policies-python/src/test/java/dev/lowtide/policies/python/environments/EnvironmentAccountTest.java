package dev.lowtide.policies.python.environments;

import static dev.lowtide.testing.TestTree.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import dev.lowtide.policies.python.fixtures.MadeEnvironment;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What explains the entries of an environment; {@code EnvironmentAccountE2ETest} has real ones. */
class EnvironmentAccountTest {
  private static final Instant INSTALLED = NOW;
  private static final Instant LATER = NOW.plus(Duration.ofHours(1));
  private static final String SITE = "env/lib/python3.12/site-packages/";

  private final TestTree tree = TestTree.inMemory();

  @BeforeEach
  void make() {
    MadeEnvironment.in(tree, "env", "version = 3.12.1")
        .file("env/bin/activate", "# activates")
        .file("env/bin/activate.csh", "# activates")
        .link("env/lib64", "lib")
        .link("env/bin/python3", "python");
  }

  private static Entry root(TestTree tree) {
    try {
      return SizeProbe.portable().capture(tree.root()).root();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Explanation explanation() {
    return EnvironmentAccount.explain(root(tree).child("env").orElseThrow(), Planned.host(tree));
  }

  private void isUnexplained(String path, String why) {
    assertThat(explanation().unexplained())
        .extracting(Explanation.Unexplained::toString)
        .containsExactly(tree.path(path) + " " + why);
  }

  private void isExplained() {
    assertThat(explanation()).hasToString("");
  }

  private static String record(String path, String text) {
    byte[] hash = Hashing.sha256().hashString(text, StandardCharsets.UTF_8).asBytes();
    return path
        + ",sha256="
        + BaseEncoding.base64Url().omitPadding().encode(hash)
        + ","
        + text.length()
        + "\n";
  }

  @Test
  void isCompleteForWhatVenvAndPipMade() {
    isExplained();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "env/notes.txt",
        "env/bin/notes.txt",
        "env/bin/deploy",
        "env/lib/node_modules/left-pad/index.js",
        "env/lib/python3.12/os.py",
        "env/share/jupyter/kernels/mine/kernel.json",
        "env/etc/settings.toml",
        SITE + "helper.py",
        SITE + "x/helper.py",
        SITE + "x/a/b/c/results.csv",
        SITE + "x-1.dist-info/notes.txt",
        SITE + "sitecustomize.py",
        SITE + "mine.pth",
        SITE + "work/.git/HEAD",
      })
  void namesWhatNoPackageBrought(String file) {
    tree.file(file);

    isUnexplained(file, "is in no installed package");
  }

  @Test
  void namesALinkThatNoPackageBrought() {
    tree.link(SITE + "mine", "/home/user/src/mine");

    isUnexplained(SITE + "mine", "is a link that belongs to no package");
  }

  @Test
  void countsWhatItDoesNotName() {
    for (int i = 0; i < 30; i++) {
      tree.file(SITE + "data/" + i + ".csv");
    }

    assertThat(explanation().count()).isEqualTo(30);
    assertThat(explanation().toString()).endsWith("and 27 more");
  }

  /** Of scripts that a package brought, pip leaves the directories when it goes. */
  @Test
  void explainsEmptyDirectories() {
    tree.directory("env/share/man/man1").directory(SITE + "gone/sub");

    isExplained();
  }

  @Test
  void explainsWhatToolsWriteIntoTheEnvironment() {
    tree.file(
            "env/.gitignore",
            "# Created by venv; see https://docs.python.org/3/library/venv.html\n*\n")
        .file(
            "env/CACHEDIR.TAG",
            """
            Signature: 8a477f597d28d172789f06886806bc55
            # This file is a cache directory tag created by Python virtualenv.
            # For information about cache directory tags, see:
            #   https://bford.info/cachedir/
            """)
        .file("env/.lock", "")
        .file("env/.project", "/tree/app\n")
        .file("env/bin/postactivate", "#!/bin/bash\n# This hook is sourced after activation.\n")
        .file("env/bin/activate_this.py")
        .link("env/bin/python3.12", "python")
        .file(SITE + "_virtualenv.py")
        .file(SITE + "pip-24.0.virtualenv", "")
        .file(SITE + "easy-install.pth", "/tree/app\n./y-1-py3.12.egg\n")
        .file(SITE + "app.egg-link", "/tree/app\n.\n")
        .file("env/bin/app", "#!/tree/env/bin/python\n# EASY-INSTALL-DEV-SCRIPT: 'app==1','app'\n");

    isExplained();
  }

  @ParameterizedTest
  @CsvSource({
    "env/pyvenv.cfg, home = /usr/bin\\nto do: everything",
    "env/pyvenv.cfg, home = /usr/bin\\nmine = 1",
    "env/.gitignore, *\\n!thesis.tex",
    "env/.gitignore, '* '",
    "env/.gitignore, # ask Ada before you remove this\\n*",
    "env/CACHEDIR.TAG, all my passwords",
    "env/CACHEDIR.TAG, Signature: 8a477f597d28d172789f06886806bc55\\n# mine",
    "env/.lock, text",
    "env/.project, /tree/app\\nand notes",
    "env/bin/postactivate, #!/bin/bash\\nexport TOKEN=1",
    "env/lib/python3.12/site-packages/easy-install.pth, to do",
    "env/lib/python3.12/site-packages/x-2.virtualenv, text"
  })
  void namesWhatPeopleWroteIntoThese(String file, String text) {
    tree.file(file, text.replace("\\n", "\n"));

    isUnexplained(file, "is in no installed package");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "env/include/latest",
        "env/include/python3",
        "env/include/python3.12",
        "env/bin/python3.1",
        "env/bin/python3.12.1"
      })
  void namesALinkThatIsOnlyCalledLikeThoseOfPython(String link) {
    tree.link(link, "/srv/data");

    isUnexplained(link, "is a link that belongs to no package");
  }

  @Test
  void namesACopyOfAnotherInterpreter() {
    tree.file("env/bin/python3.12").file("env/bin/python3.11");

    isUnexplained("env/bin/python3.11", "is in no installed package");
  }

  @Test
  void namesPackagesWhereNoInterpreterLooksForThem() {
    String moved = "env/include/python3.12/site-packages/m";
    tree.file(moved + "/__init__.py").file(moved + "-1.dist-info/RECORD", "m/__init__.py,,\n");

    assertThat(explanation().unexplained())
        .extracting(Explanation.Unexplained::path)
        .contains(tree.path(moved + "/__init__.py"));
  }

  @Test
  void namesAScriptThatWasEditedAfterTheOthers() {
    tree.file("env/bin/activate", "# activates\nexport TOKEN=1\n", LATER);

    isUnexplained("env/bin/activate", "changed after the environment was made");
  }

  @Nested
  class Recorded {
    private static final String MODULE = SITE + "y/__init__.py";
    private static final String TEXT = "version = 1\n";

    private void install(String... lines) {
      tree.file(MODULE, TEXT, INSTALLED);
      tree.file(
          SITE + "y-1.dist-info/RECORD",
          String.join("", lines) + "y-1.dist-info/RECORD,,\n",
          INSTALLED);
    }

    @Test
    void isExplained() {
      install(record("y/__init__.py", TEXT));

      EnvironmentAccountTest.this.isExplained();
    }

    @Test
    void isNamedIfItHasAnotherSize() {
      install(record("y/__init__.py", TEXT + "more"));

      isUnexplained(MODULE, "has a different size than its package recorded");
    }

    @Test
    void isNamedIfItWasEditedInPlace() {
      install(record("y/__init__.py", TEXT));
      tree.file(MODULE, TEXT.replace('1', '2'), LATER);

      isUnexplained(MODULE, "changed after its package was installed");
    }

    /** As in an environment that was copied, where all is as new as the copy. */
    @Test
    void isExplainedIfItIsYoungerAndHasTheRecordedHash() {
      install(record("y/__init__.py", TEXT));
      tree.file(MODULE, TEXT, LATER);

      EnvironmentAccountTest.this.isExplained();
    }

    @Test
    void isNamedIfItIsYoungerAndHasNoHash() {
      install("y/__init__.py,,\n");
      tree.file(MODULE, TEXT, LATER);

      isUnexplained(MODULE, "changed after its package was installed");
    }

    @Nested
    class ByAScript {
      private static final String DIRECT =
          "#!/tree/env/bin/python\n# -*- coding: utf-8 -*-\nimport re\nimport sys\n"
              + "from y.cli import main\nif __name__ == '__main__':\n"
              + "    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n"
              + "    sys.exit(main())\n";

      private static final String BY_SHELL =
          "#!/bin/sh\n'''exec' /tree/env/bin/python \"$0\" \"$@\"\n' '''\nimport sys\n"
              + "from y.cli import main\nif __name__ == '__main__':\n"
              + "    if sys.argv[0].endswith('.exe'):\n"
              + "        sys.argv[0] = sys.argv[0][:-4]\n    sys.exit(main())\n";

      @BeforeEach
      void make() {
        tree.file(SITE + "y-1.dist-info/entry_points.txt", "[console_scripts]\ny = y.cli:main\n");
        install(
            record("y/__init__.py", TEXT),
            "../../../bin/y,,\n",
            "y-1.dist-info/entry_points.txt,,\n");
      }

      /** As virtualenv writes them on a busy machine. */
      @ParameterizedTest
      @ValueSource(strings = {DIRECT, BY_SHELL})
      void isExplainedIfItIsYoungerAndCallsAnEntryPoint(String script) {
        tree.file("env/bin/y", script, LATER);

        EnvironmentAccountTest.this.isExplained();
      }

      @ParameterizedTest
      @CsvSource({
        "    sys.exit, '    log()\n    sys.exit'",
        "/tree/env/bin/python, /usr/bin/python",
        "y.cli, y.mine",
        "main, mine",
        "pyw, pyx"
      })
      void isNamedIfItIsYoungerAndSaysAnythingElse(String old, String edited) {
        tree.file("env/bin/y", DIRECT.replace(old, edited), LATER);

        isUnexplained("env/bin/y", "changed after its package was installed");
      }
    }

    @Test
    void isNamedIfItIsTheMarkOfVirtualenvAndSaysSomething() {
      String mark = SITE + "y-1.virtualenv";
      tree.file(mark, "mine");
      install(record("y/__init__.py", TEXT), "y-1.virtualenv,,\n");

      isUnexplained(mark, "is in no installed package");
    }

    @Test
    void isNamedIfTheRecordIsGone() throws IOException {
      install(record("y/__init__.py", TEXT));
      Files.delete(tree.path(SITE + "y-1.dist-info/RECORD"));

      isUnexplained(MODULE, "is in no installed package");
    }

    @Test
    void isExplainedWithoutARecordIfItOnlySaysWhatInstalledAPackage() {
      tree.file(SITE + "w-1.dist-info/INSTALLER", "pip\n");

      EnvironmentAccountTest.this.isExplained();

      tree.file(SITE + "w-1.dist-info/INSTALLER", "by hand\n");

      isUnexplained(SITE + "w-1.dist-info/INSTALLER", "is in no installed package");
    }

    @Test
    void isNamedIfTheRecordWasCutOff() {
      install(record("y/__init__.py", TEXT));
      tree.file(SITE + "y-1.dist-info/RECORD", "y/__init__.py,sha2", INSTALLED);

      assertThat(explanation().unexplained())
          .extracting(each -> each.path().getFileName().toString())
          .containsExactly("__init__.py", "RECORD");
    }

    @Test
    void isNamedIfItIsALinkNow() throws IOException {
      install(record("y/__init__.py", TEXT));
      Files.delete(tree.path(MODULE));
      tree.link(MODULE, "/home/user/mine.py");

      isUnexplained(MODULE, "is a link that belongs to no package");
    }

    @Test
    void isNamedUnderItsNewName() throws IOException {
      install(record("y/__init__.py", TEXT));
      Files.move(tree.path(SITE + "y"), tree.path(SITE + "y.old"));

      isUnexplained(SITE + "y.old/__init__.py", "is in no installed package");
    }

    /** Somebody put it aside, perhaps for good. */
    @Test
    void isNamedInALibraryThatWasRenamed() throws IOException {
      Files.move(tree.path("env/lib/python3.12"), tree.path("env/lib/python3.12.old"));

      assertThat(explanation().isComplete()).isFalse();
    }

    @Test
    void isFoundWhereverThePackagePutIt() {
      tree.file("env/bin/y")
          .file("env/share/man/man1/y.1")
          .file("env/include/site/python3.12/y/y.h")
          .file(SITE + "y, \"quoted\".txt");
      install(
          record("y/__init__.py", TEXT),
          "../../../bin/y,,\n",
          "../../../share/man/man1/y.1,,\n",
          "../../../include/site/python3.12/y/y.h,,\n",
          "\"y, \"\"quoted\"\".txt\",,\n");

      EnvironmentAccountTest.this.isExplained();
    }

    /** As Poetry records what it installs in place. */
    @Test
    void isFoundByItsWholePath() {
      install(
          record("y/__init__.py", TEXT),
          tree.path("env/bin/y") + ",,\n",
          tree.path("env2/bin/z") + ",,\n");
      tree.file("env/bin/y").file("env/bin/z");

      isUnexplained("env/bin/z", "is in no installed package");
    }

    @Test
    void mayHaveSeveralOwners() {
      install(record("y/__init__.py", TEXT));
      tree.file(
          SITE + "z-1.dist-info/RECORD",
          record("y/__init__.py", "another") + "z-1.dist-info/RECORD,,\n");

      EnvironmentAccountTest.this.isExplained();
    }

    /** A directory that was installed with {@code --target} has no environment around it. */
    @Test
    void countsOnlyWhereThePackagesAre() {
      tree.file(SITE + "x/vendor/w.py").file(SITE + "x/vendor/w-1.dist-info/RECORD", "w.py,,\n");

      assertThat(explanation().count()).isEqualTo(2);
    }

    @Test
    void byOldSetuptoolsIsExplainedToo() {
      tree.file(SITE + "o.py")
          .file(SITE + "o-1-py3.12.egg-info/PKG-INFO")
          .file(
              SITE + "o-1-py3.12.egg-info/installed-files.txt",
              "../o.py\nPKG-INFO\ninstalled-files.txt\n");

      EnvironmentAccountTest.this.isExplained();
    }

    @Test
    void isExplainedWherePipMovedItAside() {
      tree.file(SITE + "~umpy/core.py")
          .file(SITE + "~umpy-1.dist-info/METADATA")
          .file(
              SITE + "~umpy-1.dist-info/RECORD",
              "numpy/core.py,,\nnumpy-1.dist-info/METADATA,,\nnumpy-1.dist-info/RECORD,,\n");

      EnvironmentAccountTest.this.isExplained();
    }
  }

  @Nested
  class Compiled {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "x/__pycache__/__init__.cpython-312.pyc",
          "x/__pycache__/__init__.cpython-313t.opt-1.pyc",
          "x/__pycache__/__init__.pypy311.pyc",
          "x/__pycache__/__init__.cpython-312-pytest-8.3.2.pyc",
          "x/__pycache__/__init__.f-2.py312.nbi",
          "x/__pycache__/__init__.f-2.py312.1.nbc",
          "x/__init__.pyc"
        })
    void isExplainedBesideItsSource(String file) {
      tree.file(SITE + file, "bytes", LATER);

      isExplained();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "x/__pycache__/gone.cpython-312.pyc",
          "x/__pycache__/notes.txt",
          "x/__pycache__/__init__.py",
          "x/__pycache__/__init__.pyc.txt",
          "x/__pycache__/deep/__init__.cpython-312.pyc",
          "x/__init__.cpython-312.pyc",
          "x/gone.pyc"
        })
    void isNamedWithoutItsSource(String file) {
      tree.file(SITE + file);

      isUnexplained(SITE + file, "is in no installed package");
    }

    /** Its package has it. */
    @Test
    void isExplainedIfItsSourceIsRecorded() throws IOException {
      tree.file(SITE + "x/__pycache__/__init__.cpython-312.pyc");
      Files.delete(tree.path(SITE + "x/__init__.py"));

      isExplained();
    }
  }

  @Test
  void explainsAnEggThatWasUnpackedAtOnce() {
    String egg = SITE + "y-1-py3.12.egg/";
    tree.file(egg + "EGG-INFO/PKG-INFO")
        .file(egg + "y/__init__.py")
        .file(egg + "y/__pycache__/__init__.cpython-312.pyc", "bytes", LATER)
        .file(SITE + "easy-install.pth", "./y-1-py3.12.egg\n");
    isExplained();

    tree.file(egg + "y/notes.txt", "mine", LATER);
    isUnexplained(egg + "y/notes.txt", "was not unpacked together with y-1-py3.12.egg");
  }
}
