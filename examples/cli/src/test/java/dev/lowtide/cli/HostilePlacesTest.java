package dev.lowtide.cli;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Strings;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.VariablesRead;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each variable and settings file that names a place of a tool, with each kind of wrong value, on a
 * machine where everything else is a person's: only what the tool made is removed, and that is.
 */
class HostilePlacesTest {
  /**
   * All variables that policies read to find a place. Those of a group are set together: what one
   * of them protects must not hide what another would lose.
   */
  private static final List<List<String>> VARIABLES =
      List.of(
          List.of("PIP_CACHE_DIR"),
          List.of("UV_CACHE_DIR"),
          List.of("PYTHONPYCACHEPREFIX"),
          List.of("CIBW_CACHE_PATH", "CONDA_PKGS_DIRS"),
          List.of("PRE_COMMIT_HOME"),
          List.of("POETRY_CACHE_DIR"),
          List.of("CARGO_HOME"),
          List.of("SCCACHE_DIR"),
          List.of("LOWTIDE_POLICIES"),
          List.of("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"),
          List.of(
              "UV_PYTHON_INSTALL_DIR",
              "UV_TOOL_DIR",
              "UV_CREDENTIALS_DIR",
              "PIPX_HOME",
              "HATCH_DATA_DIR",
              "RUSTUP_HOME"),
          List.of(
              "CARGO_BUILD_BUILD_DIR",
              "CARGO_BUILD_TARGET_DIR",
              "CARGO_TARGET_DIR",
              "CONDARC",
              "CONDA_ENVS_DIRS",
              "CONDA_ENVS_PATH",
              "CONDA_EXE",
              "CONDA_PREFIX",
              "MAMBA_ROOT_PREFIX",
              "PIPX_LOCAL_VENVS",
              "PIP_CONFIG_FILE",
              "POETRY_CONFIG_DIR",
              "POETRY_VIRTUALENVS_PATH",
              "PYENV_ROOT",
              "SCCACHE_CONF",
              "UV_CONFIG_FILE",
              "VIRTUAL_ENV",
              "WORKON_HOME",
              "XDG_CONFIG_DIRS",
              "XDG_STATE_HOME"));

  /** Variables that name no place, and those that this test sets itself. */
  private static final Set<String> OTHERS =
      Set.of(
          "HOME",
          "RUSTUP_TOOLCHAIN",
          "SCCACHE_CACHE_SIZE",
          "TMPDIR",
          "UV_NO_CACHE",
          "UV_NO_CONFIG");

  /** Settings files in which tools are told where to keep things. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "conf/pip/pip.conf", "[global]\ncache-dir = %s\n",
          "conf/uv/uv.toml", "cache-dir = \"%s\"\n",
          "conf/pypoetry/config.toml", "cache-dir = \"%s\"\n[virtualenvs]\npath = \"%s\"\n",
          "conf/sccache/config", "[cache.disk]\ndir = \"%s\"\n",
          "conf/condarc", "pkgs_dirs:\n  - %s\n",
          "cargo/config.toml", "[build]\ntarget-dir = \"%s\"\nbuild-dir = \"%s\"\n");

  private static final String HASH = Strings.padEnd("abcdef", 56, '0');
  private static final String RESPONSE = "http-v2/a/b/c/d/e/" + HASH;

  @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void plantCanaries() throws IOException {
    tree = TestTree.in(directory.toRealPath());
    for (String place : List.of("home", "home/research", "another")) {
      for (String canary :
          List.of(
              "wheels/results-1-py3-none-any.whl",
              "wheels/ab/mine.whl",
              "http/index.html",
              "http-v2/a/b/notes",
              "selfcheck/me",
              "cache/thesis.tex",
              "cache/repositories/mine/x",
              "artifacts/model.bin",
              "artifacts/ab/cd/ef/model.whl",
              "repo-reports/2026.pdf",
              "x.pyc/data.csv",
              "tmp/old.pyc",
              "tmp/pkg/__pycache__/gone.cpython-312.pyc",
              "archive-v0/letters/1999.txt",
              "paper-v2/paper.tex",
              "registry/src/mine/lib.rs",
              "registry/index/mine/x",
              "git/db/mine/x",
              "a/b/abacus.txt",
              "preprocessor/a/b/c/x",
              "venvs/e/notes.txt",
              "python/cpython-3.12.1-linux/x",
              "photos/cat.jpg")) {
        tree.file(place + "/" + canary);
      }
      tree.directory(place + "/usr/src").directory(place + "/wheels/cd").directory(place + "/0/1");
      tree.file(place + "/patch1700000000-42");
    }
    // Entries of pip's cache, which shows that they are removed
    tree.file("pip/" + RESPONSE).file("pip/" + RESPONSE + ".body").file("pip/wheels/mine.whl");
    tree.directory("empty")
        .file(
            "own/lowtide.toml",
            """
            [limits]
            grace-period = "0s"
            [settings.rust]
            cargo-downloads = "remove"
            """);
    Files.createSymbolicLink(tree.path("link"), tree.path("home/research"));
    ChildProcess.run(tree.root(), "chmod", "-R", "go-w", ".");
    ChildProcess.run(
        tree.root(), "find", ".", "-exec", "touch", "-h", "-d", "1 year ago", "{}", "+");
  }

  private HostEnvironment host(Map<String, String> variables) {
    Map<String, String> all = new TreeMap<>(variables);
    all.put("HOME", tree.path("home").toString());
    all.put("TMPDIR", tree.path("empty").toString());
    return HostEnvironment.of(
        OperatingSystem.LINUX, tree.root().getFileSystem(), all, "/nowhere", "/tmp");
  }

  private String clean(Map<String, String> variables, String... more) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    String config = tree.path("own/lowtide.toml").toString();
    List<String> args =
        new ArrayList<>(List.of("clean", "--caches", "--yes", "--assume-idle", "--config", config));
    args.addAll(List.of(more));
    Main.run(
        args.toArray(String[]::new), host(variables), InputStream.nullInputStream(), print, print);
    return out.toString(StandardCharsets.UTF_8);
  }

  private List<String> everything() throws IOException {
    try (Stream<Path> all = Files.walk(tree.root())) {
      return new ArrayList<>(new TreeSet<>(all.map(Path::toString).toList()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "home",
        "/usr",
        "/usr/local",
        "home/research",
        "link",
        "another",
        "empty",
        "",
        "\uFFFD"
      })
  void nothingOfAPersonGoes(String value) throws IOException {
    if (value.equals("another")) {
      ChildProcess.run(tree.root(), "sh", "-c", "chown -R 12345 another 2>/dev/null || true");
    }
    takesNothing(value);
  }

  @Test
  void nothingOfAPersonGoesByAMount() {
    ChildProcess.runWithMounts(
        "mkdir \"$1/mount\"; mount -t tmpfs lowtide \"$1/mount\"", OnAMount.class, directory);
  }

  /** Runs in a mount namespace in which a file system holds another person's folder. */
  static final class OnAMount {
    public static void main(String[] args) throws IOException {
      HostilePlacesTest test = new HostilePlacesTest();
      test.directory = Path.of(args[0]);
      test.tree = TestTree.in(test.directory.toRealPath());
      ChildProcess.run(test.tree.root(), "cp", "-a", "home/research/.", "mount");
      test.takesNothing("mount");
    }
  }

  private void takesNothing(String value) throws IOException {
    String path =
        value.isEmpty() || value.startsWith("/") || value.equals("\uFFFD")
            ? value
            : tree.path(value).toString();
    for (Map.Entry<String, String> file : SETTINGS.entrySet()) {
      tree.file(file.getKey(), file.getValue().replace("%s", path));
    }
    List<String> before = everything();

    for (List<String> group : VARIABLES) {
      assertNothingLost(before, group.stream().collect(toMap(each -> each, each -> path)), path);
    }
    Map<String, String> files =
        Map.of(
            "XDG_CONFIG_HOME", tree.path("conf").toString(),
            "CONDARC", tree.path("conf/condarc").toString(),
            "CARGO_HOME", tree.path("cargo").toString());
    assertNothingLost(before, files, path);
  }

  private void assertNothingLost(List<String> before, Map<String, String> variables, String path)
      throws IOException {
    String said = clean(variables);

    List<String> lost = new ArrayList<>(before);
    lost.removeAll(everything());
    assertThat(lost).as(variables.keySet() + " = " + path + "\n" + said).isEmpty();
  }

  @Test
  void eachVariableThatIsReadIsInTheTable() {
    Set<String> known = new TreeSet<>(OTHERS);
    VARIABLES.forEach(known::addAll);

    Set<String> read = new TreeSet<>();
    for (Map<String, String> variables :
        List.of(
            Map.<String, String>of(),
            known.stream().collect(toMap(each -> each, each -> "/nowhere")))) {
      String root = tree.path("another").toString();
      read.addAll(VariablesRead.during(() -> clean(variables, "--root", root)));
    }

    assertThat(read).contains("PIP_CACHE_DIR", "SCCACHE_DIR", "XDG_CACHE_HOME");
    read.removeAll(known);
    assertThat(read).isEmpty();
  }

  @Test
  void whatPipHasMadeBesideItGoes() throws IOException {
    String said =
        clean(Map.of("PIP_CACHE_DIR", tree.path("pip").toString()), "--older-than", "30d");

    assertThat(tree.has("pip/" + RESPONSE)).as(said).isFalse();
    assertThat(tree.has("pip/wheels/mine.whl")).isTrue();
  }

  @Test
  void whatSccacheHasMadeInAPersonsFolderGoesAlone() throws IOException {
    tree.file("home/research/a/b/ab" + "0".repeat(62));
    ChildProcess.run(
        tree.root(), "touch", "-d", "1 year ago", "home/research/a/b/ab" + "0".repeat(62));
    List<String> before = everything();

    String said =
        clean(
            Map.of("SCCACHE_DIR", tree.path("home/research").toString()),
            "--policy",
            "rust.sccache",
            "--older-than",
            "30d");

    List<String> after = everything();
    before.removeAll(after);
    assertThat(before)
        .as(said)
        .containsExactly(tree.path("home/research/a/b/ab" + "0".repeat(62)).toString());
  }
}
