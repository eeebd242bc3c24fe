package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code size} in a process of its own, as a user who may not read everything. */
class UnreadableDirectoryE2ETest {
  private static final String NOBODY = "65534";

  private final HostEnvironment host = HostEnvironment.current();
  private @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    assumeTrue(
        !isRoot() || host.executable("setpriv").isPresent(),
        "as root nothing is unreadable, and there is no setpriv to become somebody else");
    permit(directory, "rwxr-xr-x");
    tree =
        TestTree.in(directory)
            .file("open/a", kib(8))
            .file("open/locked/b", kib(8))
            .file("open/z", kib(4));
    permit(tree.path("open/locked"), "---------");
  }

  @AfterEach
  void unlock() throws IOException {
    if (tree != null) {
      permit(tree.path("open/locked"), "rwxr-xr-x");
    }
  }

  @Test
  void whatCannotBeReadIsCountedAndNamed() throws Exception {
    JsonObject root = size(tree.path("open"));

    assertThat(root.get("files").getAsLong()).isEqualTo(2);
    assertThat(root.get("directories").getAsLong()).isEqualTo(2);
    assertThat(root.get("apparentBytes").getAsLong()).isEqualTo(kib(12));
    assertThat(root.get("unreadable").getAsLong()).isEqualTo(1);
    assertThat(root.getAsJsonArray("problems"))
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.getAsJsonObject().get("path").getAsString())
                    .isEqualTo(tree.path("open/locked").toString()));
  }

  /** Runs the classes under test from a copy that the other user can read. */
  private JsonObject size(Path path) throws Exception {
    List<String> argv = new ArrayList<>();
    if (isRoot()) {
      Collections.addAll(argv, "setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups");
    }
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Collections.addAll(
        argv, java, "-XX:-UsePerfData", "-cp", copyOfClassPath(), Main.class.getName());
    Collections.addAll(argv, "size", "--json", path.toString());
    Process process = new ProcessBuilder(argv).redirectErrorStream(false).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(err).isZero();
    return JsonParser.parseString(out)
        .getAsJsonObject()
        .getAsJsonArray("roots")
        .get(0)
        .getAsJsonObject();
  }

  private String copyOfClassPath() throws IOException {
    Map<Path, Path> copies = new LinkedHashMap<>();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    for (String element : classPath.split(Pattern.quote(System.getProperty("path.separator")))) {
      Path original = Path.of(element);
      if (Files.exists(original) && !original.endsWith("test-classes")) {
        Path name = Path.of(copies.size() + "-" + original.getFileName());
        copies.put(original, tree.path("class-path").resolve(name));
      }
    }
    tree.directory("class-path");
    for (Map.Entry<Path, Path> copy : copies.entrySet()) {
      copy(copy.getKey(), copy.getValue());
    }
    return String.join(
        System.getProperty("path.separator"),
        copies.values().stream().map(Path::toString).toList());
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> walk = Files.walk(from)) {
      for (Path path : walk.toList()) {
        Path copy = to.resolve(from.relativize(path).toString());
        Files.copy(path, path.equals(from) ? to : copy);
        permit(path.equals(from) ? to : copy, "rwxr-xr-x");
      }
    }
  }

  private static void permit(Path path, String permissions) throws IOException {
    Set<PosixFilePermission> set = PosixFilePermissions.fromString(permissions);
    Files.setPosixFilePermissions(path, set);
  }

  private boolean isRoot() throws IOException {
    Path mine = Files.createTempFile(directory, "mine", "");
    return Files.getAttribute(mine, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(0);
  }
}
