package dev.lowtide.policies.python.places;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import com.google.common.util.concurrent.Uninterruptibles;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.Tools;
import dev.lowtide.policies.python.PythonPolicies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where things are on machines that are described. */
class PlacesTest {
  private final FileSystem unix = Jimfs.newFileSystem(Configuration.unix());
  private final FileSystem mac = Jimfs.newFileSystem(Configuration.osX());
  private final FileSystem windows = Jimfs.newFileSystem(Configuration.windows());

  @Test
  void thoseOfLinux() {
    assertThat(places(linux(Map.of())))
        .containsExactly(
            "pip-cache CACHE /home/me/.cache/pip",
            "uv-cache CACHE /home/me/.cache/uv",
            "cibuildwheel-cache CACHE /home/me/.cache/cibuildwheel",
            "pre-commit-cache CACHE /home/me/.cache/pre-commit",
            "poetry-cache CACHE /home/me/.cache/pypoetry",
            "conda-pkgs CACHE /home/me/.conda/pkgs",
            "uv-python CACHE /home/me/.local/share/uv/python",
            "uv-tools CACHE /home/me/.local/share/uv/tools",
            "pipx-environments CACHE /home/me/.local/share/pipx/venvs",
            "pipx-environments-2 CACHE /home/me/.local/pipx/venvs",
            "hatch-environments CACHE /home/me/.local/share/hatch/env/virtual",
            "temp TEMPORARY /tmp");
  }

  @Test
  void thoseOfMacOs() {
    HostEnvironment host = macOs(Map.of("TMPDIR", "/var/folders/x/T/"));

    assertThat(places(host))
        .containsExactly(
            "pip-cache CACHE /Users/me/Library/Caches/pip",
            "uv-cache CACHE /Users/me/.cache/uv",
            "uv-cache-legacy CACHE /Users/me/Library/Caches/uv",
            "cibuildwheel-cache CACHE /Users/me/Library/Caches/cibuildwheel",
            "pre-commit-cache CACHE /Users/me/.cache/pre-commit",
            "poetry-cache CACHE /Users/me/Library/Caches/pypoetry",
            "conda-pkgs CACHE /Users/me/.conda/pkgs",
            "uv-python CACHE /Users/me/.local/share/uv/python",
            "uv-tools CACHE /Users/me/.local/share/uv/tools",
            "pipx-environments CACHE /Users/me/Library/Application Support/pipx/venvs",
            "pipx-environments-2 CACHE /Users/me/.local/pipx/venvs",
            "hatch-environments CACHE /Users/me/Library/Application Support/hatch/env/virtual",
            "temp TEMPORARY /var/folders/x/T");
    assertThat(Places.uvData(host)).contains(host.path("/Users/me/.local/share/uv/credentials"));
  }

  @Test
  void thoseOfWindows() {
    HostEnvironment host = windows(Map.of());

    assertThat(places(host))
        .containsExactly(
            "pip-cache CACHE C:\\Users\\me\\AppData\\Local\\pip\\Cache",
            "uv-cache CACHE C:\\Users\\me\\AppData\\Local\\uv\\cache",
            "cibuildwheel-cache CACHE"
                + " C:\\Users\\me\\AppData\\Local\\pypa\\cibuildwheel\\Cache",
            "pre-commit-cache CACHE C:\\Users\\me\\.cache\\pre-commit",
            "poetry-cache CACHE C:\\Users\\me\\AppData\\Local\\pypoetry\\Cache",
            "conda-pkgs CACHE C:\\Users\\me\\AppData\\Local\\conda\\conda\\pkgs",
            "uv-python CACHE C:\\Users\\me\\AppData\\Roaming\\uv\\data\\python",
            "uv-tools CACHE C:\\Users\\me\\AppData\\Roaming\\uv\\data\\tools",
            "pipx-environments CACHE C:\\Users\\me\\pipx\\venvs",
            "pipx-environments-2 CACHE C:\\Users\\me\\AppData\\Local\\pipx\\pipx\\venvs",
            "pipx-environments-3 CACHE C:\\Users\\me\\.local\\pipx\\venvs",
            "hatch-environments CACHE C:\\Users\\me\\AppData\\Local\\hatch\\env\\virtual",
            "temp TEMPORARY C:\\Temp");
    assertThat(Places.uvData(host))
        .contains(host.path("C:\\Users\\me\\AppData\\Roaming\\uv\\data\\credentials"));
  }

  @Test
  void heedTheVariablesOfWindows() {
    HostEnvironment host = windows(Map.of("LOCALAPPDATA", "C:\\L", "APPDATA", "C:\\R"));

    assertThat(places(host))
        .contains(
            "pip-cache CACHE C:\\L\\pip\\Cache",
            "uv-cache CACHE C:\\L\\uv\\cache",
            "cibuildwheel-cache CACHE C:\\L\\pypa\\cibuildwheel\\Cache",
            "poetry-cache CACHE C:\\L\\pypoetry\\Cache");
    assertThat(Places.uvData(host)).contains(host.path("C:\\R\\uv\\data"));
  }

  @Test
  void heedTheXdgSpecification() {
    assertThat(places(linux(Map.of("XDG_CACHE_HOME", "/fast"))))
        .contains(
            "pip-cache CACHE /fast/pip",
            "uv-cache CACHE /fast/uv",
            "cibuildwheel-cache CACHE /fast/cibuildwheel",
            "pre-commit-cache CACHE /fast/pre-commit",
            "poetry-cache CACHE /fast/pypoetry");
  }

  @ParameterizedTest
  @CsvSource({
    "pip-cache, PIP_CACHE_DIR",
    "uv-cache, UV_CACHE_DIR",
    "python-bytecode, PYTHONPYCACHEPREFIX",
    "cibuildwheel-cache, CIBW_CACHE_PATH",
    "pre-commit-cache, PRE_COMMIT_HOME",
    "poetry-cache, POETRY_CACHE_DIR",
    "conda-pkgs, CONDA_PKGS_DIRS",
    "uv-python, UV_PYTHON_INSTALL_DIR",
    "uv-tools, UV_TOOL_DIR",
    "temp, TMPDIR"
  })
  void areWhereTheVariablesOfTheToolsSay(String id, String variable) {
    assertThat(root(id, linux(Map.of(variable, "/own", "XDG_CACHE_HOME", "/x")))).isEqualTo("/own");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cache", "/", "/home", "/home/me", "/own/../home", "~/cache", "$X/cache"})
  void passOverWhatCannotBeMeant(String value) {
    assertThat(root("pip-cache", linux(Map.of("PIP_CACHE_DIR", value))))
        .isEqualTo("/home/me/.cache/pip");
    assertThat(root("pip-cache", linux(Map.of(), answering("pip cache dir", value))))
        .isEqualTo("/home/me/.cache/pip");
  }

  /** A guard refuses it, which says more than not being there. */
  @Test
  void tellOfATemporaryDirectoryThatHoldsTheHome() {
    assertThat(root("temp", linux(Map.of("TMPDIR", "/home")))).isEqualTo("/home");
  }

  @Test
  void areWhereTheToolSaysWhateverTheVariableSays() {
    poetryAndPipxWereUsed();
    HostEnvironment host =
        linux(
            Map.of("PIP_CACHE_DIR", "/v", "UV_CACHE_DIR", "/v", "POETRY_CACHE_DIR", "/v"),
            Map.of(
                "pip cache dir", "/t/pip\n",
                "uv cache dir", "/t/uv\n",
                "poetry config cache-dir", "/t/poetry\n",
                "conda config --show pkgs_dirs", "pkgs_dirs:\n  - /t/conda\n  - /t/more\n"));

    assertThat(places(host))
        .contains(
            "pip-cache CACHE /t/pip",
            "uv-cache CACHE /t/uv",
            "poetry-cache CACHE /t/poetry",
            "conda-pkgs CACHE /t/conda",
            "conda-pkgs-2 CACHE /t/more");
  }

  @Test
  void doNotTakeForAnAnswerWhatIsNoPath() {
    Map<String, String> chatter = answering("pip cache dir", "Did you know?\n/tmp/x\n");

    assertThat(root("pip-cache", linux(Map.of(), chatter))).isEqualTo("/home/me/.cache/pip");
  }

  @Test
  void doNotAskUvForACacheThatItThrowsAway() {
    Map<String, String> temporary = answering("uv cache dir", "/tmp/.tmpAbc");

    assertThat(root("uv-cache", linux(Map.of("UV_NO_CACHE", "1"), temporary)))
        .isEqualTo("/home/me/.cache/uv");
  }

  @Test
  void areAskedForAllAtOnce() {
    poetryAndPipxWereUsed();
    CountDownLatch allTools = new CountDownLatch(Places.askedTools().size());
    Set<String> asked = ConcurrentHashMap.newKeySet();
    Tools waiting =
        (directory, argv) -> {
          if (asked.add(argv.get(0))) {
            allTools.countDown();
          }
          assertThat(Uninterruptibles.awaitUninterruptibly(allTools, 30, SECONDS)).isTrue();
          return Optional.empty();
        };

    assertThat(places(linux(Map.of()).withTools(waiting))).isNotEmpty();
    assertThat(asked).isEqualTo(Places.askedTools());
  }

  /** Poetry 1.3 and pipx 1.1 make their directories once asked, and looking changes nothing. */
  @Test
  void doNotAskToolsThatWereNeverUsedAndMakeDirectoriesOnceAsked() {
    Set<String> asked = ConcurrentHashMap.newKeySet();
    HostEnvironment host =
        linux(Map.of())
            .withTools(
                (directory, argv) -> {
                  asked.add(argv.get(0));
                  return Optional.empty();
                });

    assertThat(places(host)).isNotEmpty();
    assertThat(asked).contains("pip").doesNotContain("poetry", "pipx");
  }

  @Test
  void askNobodyButTheToolWhoseIsWanted() {
    List<String> asked = new ArrayList<>();
    HostEnvironment host =
        linux(Map.of())
            .withTools(
                (directory, argv) -> {
                  asked.add(argv.get(0));
                  return Optional.empty();
                });

    assertThat(Places.root(Places.PRE_COMMIT_CACHE, host)).isPresent();
    assertThat(asked).isEmpty();
    assertThat(Places.root(Places.UV_CACHE, host)).isPresent();
    assertThat(asked).containsExactly("uv");
  }

  @Test
  void areThereOnceIfUvStillUsesItsOldPlace() {
    HostEnvironment host =
        macOs(Map.of()).withTools(tools(answering("uv cache dir", "/Users/me/Library/Caches/uv")));

    assertThat(places(host))
        .contains("uv-cache CACHE /Users/me/Library/Caches/uv")
        .noneMatch(place -> place.startsWith("uv-cache-legacy"));
  }

  @Nested
  class InPipsConfiguration {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "[global]\ncache-dir = /c",
          "[global]\r\nCache_Dir: /c\r\n",
          "# a note\n[install]\ncache-dir = /no\n[global]\ntimeout = 60\n--cache-dir=/c",
        })
    void inTheSpellingsOfPip(String text) {
      write(unix, "/etc/pip.conf", text.replace("--cache-dir", "cache-dir"));

      assertThat(root("pip-cache", linux(Map.of()))).isEqualTo("/c");
    }

    /** Each file is heeded, and goes before those after it. */
    static Stream<List<String>> files() {
      return Stream.of(
          List.of("/own.conf", "/etc/pip.conf"),
          List.of("/home/me/.config/pip/pip.conf", "/home/me/.pip/pip.conf"),
          List.of("/home/me/.pip/pip.conf", "/etc/pip.conf"),
          List.of("/etc/pip.conf", "/etc/b/pip/pip.conf"),
          List.of("/etc/b/pip/pip.conf", "/etc/a/pip/pip.conf"));
    }

    @ParameterizedTest
    @MethodSource("files")
    void inTheirOrder(List<String> files) {
      for (String file : files) {
        write(unix, file, "[global]\ncache-dir = " + file + ".cache\n");
      }
      Map<String, String> variables =
          Map.of("PIP_CONFIG_FILE", "/own.conf", "XDG_CONFIG_DIRS", "/etc/a:/etc/b");

      assertThat(root("pip-cache", linux(variables))).isEqualTo(files.get(0) + ".cache");
    }

    @Test
    void notInTheUsersIfThereIsAnotherInItsPlace() {
      write(unix, "/own.conf", "[global]\ntimeout = 1\n");
      write(unix, "/home/me/.pip/pip.conf", "[global]\ncache-dir = /users\n");

      assertThat(root("pip-cache", linux(Map.of("PIP_CONFIG_FILE", "/own.conf"))))
          .isEqualTo("/home/me/.cache/pip");
    }

    @Test
    void notAtAllIfTheyAreTurnedOff() {
      write(unix, "/etc/pip.conf", "[global]\ncache-dir = /c\n");

      assertThat(root("pip-cache", linux(Map.of("PIP_CONFIG_FILE", "/dev/null"))))
          .isEqualTo("/home/me/.cache/pip");
    }

    @Test
    void afterTheVariable() {
      write(unix, "/etc/pip.conf", "[global]\ncache-dir = /c\n");

      assertThat(root("pip-cache", linux(Map.of("PIP_CACHE_DIR", "/v")))).isEqualTo("/v");
    }

    @Test
    void withATildeForTheHome() {
      write(unix, "/etc/pip.conf", "[global]\ncache-dir = ~/big/pip\n");

      assertThat(root("pip-cache", linux(Map.of()))).isEqualTo("/home/me/big/pip");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/Users/me/Library/Application Support/pip/pip.conf",
          "/Users/me/.config/pip/pip.conf",
          "/Users/me/.pip/pip.conf",
          "/Library/Application Support/pip/pip.conf"
        })
    void onMacOs(String file) {
      write(mac, file, "[global]\ncache-dir = /c\n");

      assertThat(root("pip-cache", macOs(Map.of()))).isEqualTo("/c");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "C:\\Users\\me\\AppData\\Roaming\\pip\\pip.ini",
          "C:\\Users\\me\\pip\\pip.ini",
          "C:\\ProgramData\\pip\\pip.ini"
        })
    void onWindows(String file) {
      write(windows, file, "[global]\r\ncache-dir = D:\\pip\r\n");

      assertThat(root("pip-cache", windows(Map.of()))).isEqualTo("D:\\pip");
    }
  }

  @Nested
  class InUvsConfiguration {
    private static final String TOML = "[pip]\ncache-dir = \"/no\"\n";

    @Test
    void ofTheUserBeforeThatOfTheMachine() {
      write(unix, "/etc/uv/uv.toml", "cache-dir = \"/machine\"\n" + TOML);
      assertThat(root("uv-cache", linux(Map.of()))).isEqualTo("/machine");

      write(unix, "/home/me/.config/uv/uv.toml", "cache-dir = \"/users\"\n" + TOML);
      assertThat(root("uv-cache", linux(Map.of()))).isEqualTo("/users");
    }

    @Test
    void ofTheMachineOnlyTheFirstThatIsThere() {
      write(unix, "/etc/xdg/uv/uv.toml", TOML);
      write(unix, "/etc/uv/uv.toml", "cache-dir = \"/machine\"\n");

      assertThat(root("uv-cache", linux(Map.of()))).isEqualTo("/home/me/.cache/uv");
    }

    @Test
    void notBesideTheFileThatAVariableNames() {
      write(unix, "/own.toml", "cache-dir = \"/own\"\n");
      write(unix, "/empty.toml", "");
      write(unix, "/etc/uv/uv.toml", "cache-dir = \"/machine\"\n");

      assertThat(root("uv-cache", linux(Map.of("UV_CONFIG_FILE", "/own.toml")))).isEqualTo("/own");
      assertThat(root("uv-cache", linux(Map.of("UV_CONFIG_FILE", "/empty.toml"))))
          .isEqualTo("/home/me/.cache/uv");
      assertThat(root("uv-cache", linux(Map.of("UV_NO_CONFIG", "1"))))
          .isEqualTo("/home/me/.cache/uv");
    }

    @Test
    void thatCannotBeParsedSaysNothing() {
      write(unix, "/etc/uv/uv.toml", "cache-dir = [[[");

      assertThat(root("uv-cache", linux(Map.of()))).isEqualTo("/home/me/.cache/uv");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"C:\\Users\\me\\AppData\\Roaming\\uv\\uv.toml", "C:\\ProgramData\\uv\\uv.toml"})
    void onWindows(String file) {
      write(windows, file, "cache-dir = 'D:\\uv'\n");

      assertThat(root("uv-cache", windows(Map.of()))).isEqualTo("D:\\uv");
    }
  }

  @Nested
  class InPoetrysConfiguration {
    private static final String TOML = "cache-dir = \"/c\"\n[virtualenvs]\npath = \"/no\"\n";

    @Test
    void onLinux() {
      write(unix, "/home/me/.config/pypoetry/config.toml", TOML);

      assertThat(root("poetry-cache", linux(Map.of()))).isEqualTo("/c");
      assertThat(root("poetry-cache", linux(Map.of("POETRY_CONFIG_DIR", "/other"))))
          .isEqualTo("/home/me/.cache/pypoetry");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Application Support", "Preferences"})
    void onMacOs(String directory) {
      write(mac, "/Users/me/Library/" + directory + "/pypoetry/config.toml", TOML);

      assertThat(root("poetry-cache", macOs(Map.of()))).isEqualTo("/c");
    }

    @Test
    void onWindows() {
      String file = "C:\\Users\\me\\AppData\\Roaming\\pypoetry\\config.toml";
      write(windows, file, "cache-dir = 'D:\\poetry'\n");

      assertThat(root("poetry-cache", windows(Map.of()))).isEqualTo("D:\\poetry");
    }
  }

  @Nested
  class OfConda {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "channels:\n  - x\npkgs_dirs:\n  - '/a'\n  # mine\n  - /b # yours\nenvs_dirs:\n  - /no\n",
          "pkgs_dirs:\n- /a\n- \"/b\"\n",
          "pkgs_dirs: [/a, '/b']\nssl_verify: true\n"
        })
    void inItsConfiguration(String yaml) {
      write(unix, "/home/me/.condarc", yaml);

      assertThat(places(linux(Map.of())))
          .contains("conda-pkgs CACHE /a", "conda-pkgs-2 CACHE /b")
          .doesNotContain("conda-pkgs-3 CACHE /no");
    }

    @Test
    void beforeThoseOfTheMachine() {
      write(unix, "/etc/conda/condarc", "pkgs_dirs:\n  - /machine\n");
      write(unix, "/home/me/.conda/condarc", "pkgs_dirs:\n  - ~/conda\n");

      assertThat(places(linux(Map.of())))
          .contains("conda-pkgs CACHE /home/me/conda", "conda-pkgs-2 CACHE /machine");
    }

    @Test
    void besideTheInstallationThatTheShellKnows() {
      assertThat(places(linux(Map.of("CONDA_EXE", "/opt/conda/bin/conda"))))
          .contains("conda-pkgs CACHE /opt/conda/pkgs", "conda-pkgs-2 CACHE /home/me/.conda/pkgs");
    }
  }

  private static List<String> places(HostEnvironment host) {
    return new PythonPolicies().discover(host).stream().map(PlacesTest::describe).toList();
  }

  private static String describe(CleanupTarget target) {
    return target.id() + " " + target.kind() + " " + target.root();
  }

  private static String root(String id, HostEnvironment host) {
    return Places.root(id, host).map(Path::toString).orElse("nowhere");
  }

  private void poetryAndPipxWereUsed() {
    for (String made : List.of("/home/me/.config/pypoetry", "/home/me/.local/share/pipx")) {
      write(unix, made + "/used", "");
    }
  }

  private HostEnvironment linux(Map<String, String> variables) {
    return HostEnvironment.of(OperatingSystem.LINUX, unix, variables, "/home/me", "/tmp");
  }

  private HostEnvironment linux(Map<String, String> variables, Map<String, String> answers) {
    return linux(variables).withTools(tools(answers));
  }

  private HostEnvironment macOs(Map<String, String> variables) {
    return HostEnvironment.of(OperatingSystem.MACOS, mac, variables, "/Users/me", "/tmp");
  }

  private HostEnvironment windows(Map<String, String> variables) {
    return HostEnvironment.of(
        OperatingSystem.WINDOWS, windows, variables, "C:\\Users\\me", "C:\\Temp");
  }

  private static Map<String, String> answering(String question, String answer) {
    return Map.of(question, answer);
  }

  private static dev.lowtide.Tools tools(Map<String, String> answers) {
    return (directory, argv) -> Optional.ofNullable(answers.get(String.join(" ", argv)));
  }

  private static void write(FileSystem fileSystem, String file, String text) {
    try {
      Path path = fileSystem.getPath(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
