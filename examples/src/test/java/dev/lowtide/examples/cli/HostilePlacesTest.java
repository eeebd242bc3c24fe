package dev.lowtide.examples.cli;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Strings;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.examples.Main;
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
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each variable that says where a tool keeps things, with each kind of wrong value, on a machine
 * where everything else is a person's: nothing goes but what the tool has made, and that goes.
 */
class HostilePlacesTest {
  /**
   * All variables that policies read to find a place. Of those in one group, all are set at once:
   * what one of them protects must not hide what another would lose.
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
          List.of("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"),
          List.of(
              "UV_PYTHON_INSTALL_DIR",
              "UV_TOOL_DIR",
              "UV_CREDENTIALS_DIR",
              "PIPX_HOME",
              "HATCH_DATA_DIR",
              "RUSTUP_HOME"));

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
    // What a cache of pip holds, so that it can be seen that it goes
    tree.file("pip/" + RESPONSE).file("pip/" + RESPONSE + ".body").file("pip/wheels/mine.whl");
    tree.directory("empty").file("own/lowtide.toml", "[limits]\ngrace-period = \"0s\"\n");
    Files.createSymbolicLink(tree.path("link"), tree.path("home/research"));
    ChildProcess.run(tree.root(), "chmod", "-R", "go-w", ".");
    ChildProcess.run(
        tree.root(), "find", ".", "-exec", "touch", "-h", "-d", "1 year ago", "{}", "+");
  }

  private String clean(Map<String, String> variables, String... more) {
    Map<String, String> all = new TreeMap<>(variables);
    all.put("HOME", tree.path("home").toString());
    all.put("TMPDIR", tree.path("empty").toString());
    HostEnvironment host =
        HostEnvironment.of(
            OperatingSystem.LINUX, tree.root().getFileSystem(), all, "/nowhere", "/tmp");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    String config = tree.path("own/lowtide.toml").toString();
    List<String> args =
        new ArrayList<>(List.of("clean", "--caches", "--yes", "--assume-idle", "--config", config));
    args.addAll(List.of(more));
    Main.run(args.toArray(String[]::new), host, InputStream.nullInputStream(), print, print);
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
    List<String> before = everything();
    String path =
        value.isEmpty() || value.startsWith("/") || value.equals("\uFFFD")
            ? value
            : tree.path(value).toString();

    for (List<String> group : VARIABLES) {
      String said = clean(group.stream().collect(toMap(each -> each, each -> path)));

      List<String> lost = new ArrayList<>(before);
      lost.removeAll(everything());
      assertThat(lost).as(group + " = " + path + "\n" + said).isEmpty();
    }
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
