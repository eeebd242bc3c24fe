package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong arguments and files end with one line, the right exit code, and no change. */
class BadInputTest {
  private @TempDir Path directory;
  private HostEnvironment host;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    Path real = directory.toRealPath();
    host = CommandLineRun.host(real);
    tree =
        TestTree.in(real)
            .directory("home")
            .directory("tmp")
            .file("project/out/app.o")
            .file("project/notes.txt")
            .link("link", "project");
    ChildProcess.run(real, "mkfifo", "pipe");
    CommandLineRun plan = CommandLineRun.of(host, "plan", "--json", "--root", work());
    String json = plan.out();
    tree.file("whole.json", json)
        .file("truncated.json", json.substring(0, json.length() / 2))
        .file("schema.json", json.replace("\"schema\": 1", "\"schema\": 99"))
        .file("slash.json", json.replace(Printable.uri(tree.path("project")), "file:///"))
        .file("empty.json", "")
        .file("list.json", "[1, 2]")
        .file("unknown.toml", "[[targets]]\npath = \"work\"\nkep = [\"out\"]\n")
        .file("broken.toml", "targets = [\n")
        .file("home.toml", "[[targets]]\npath = \"home\"\n");
  }

  private String work() {
    return tree.path("project").toString();
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        // arguments in which $ stands for the test's directory; exit code; part of the line
        arguments(
            "clear", 2, "There is no command 'clear'; did you mean 'clean'? See 'lowtide --help'"),
        arguments("help clear", 2, "There is no command 'clear'; did you mean 'clean'?"),
        arguments("xyz", 2, "There is no command 'xyz'; see 'lowtide --help'"),
        arguments("plan --root $/none", 2, "There is no '$/none'"),
        arguments("clean --yes --root $/none", 2, "There is no '$/none'"),
        arguments("verify --location w=$/none -- true", 2, "There is no '$/none'"),
        arguments("baseline -o $/b.json --location w=$/none", 2, "There is no '$/none'"),
        arguments("plan --rot $/project", 2, "'--rot'"),
        arguments("plan --root ''", 2, "the path is empty"),
        arguments("plan --root /", 3, "Refused to clean /: it is the root of the file system"),
        arguments("plan --root $/home", 3, "Refused to clean $/home: the home directory"),
        arguments("plan --root $", 3, "Refused to clean $: the home directory"),
        arguments("plan --root $/link", 3, "write the real path: $/project"),
        arguments("plan --root $/link/.", 2, "'$/link/.' is not accepted as a path"),
        arguments("plan --root $/project/..", 2, "'$/project/..' is not accepted as a path"),
        arguments("plan --root ~/work", 2, "'~' was not expanded"),
        arguments("plan --root $/$WORK", 2, "'$WORK' was not expanded"),
        arguments(
            "plan --root $/project/notes.txt", 3, "$/project/notes.txt: it is not a directory"),
        arguments("plan --root $/project --policy nix", 2, "There is no policy 'nix'; there are"),
        arguments("plan --root $/project --policy ''", 2, "There is no policy ''"),
        arguments("plan --root $/project --older-than soon", 2, "'soon' is not a duration"),
        arguments("plan --root $/project --older-than PT9999999999999999S", 2, "is not a duration"),
        arguments("plan --root $/project --grace -1d", 2, "'-1d' is not a duration"),
        arguments("plan --root $/project --max-size huge", 2, "'huge' is not a size"),
        arguments("plan --root $/project --keep-newest few", 2, "'few' is not a number of items"),
        arguments("plan --root $/project --keep [a", 2, "'[a' is not a glob"),
        arguments("plan --root $/project --keep /dist", 2, "write it relative to the root"),
        arguments("plan --root $/project --keep dist/", 2, "without a slash at the end"),
        arguments("plan --root $/project -o $/none/plan.json", 2, "no directory '$/none'"),
        arguments("plan --root $/project -o $/project", 2, "'$/project' is a directory"),
        arguments("plan --root $/project -o $/pipe", 2, "cannot write $/pipe: it is a named pipe"),
        arguments("plan --root $/project --report $/pipe", 2, "$/pipe: it is a named pipe"),
        arguments("clean --root $/project --yes --metrics $/pipe", 2, "$/pipe: it is a named pipe"),
        arguments("guard --once --min-free 1B --metrics $/pipe", 2, "$/pipe: it is a named pipe"),
        arguments("baseline -o $/pipe --location w=$/project", 2, "$/pipe: it is a named pipe"),
        arguments(
            "verify --location w=$/project --metrics $/pipe -- true",
            2,
            "$/pipe: it is a named pipe"),
        arguments("baseline -o $/link --location w=$/project", 2, "$/link' is a directory"),
        arguments("plan --config $/none.toml", 2, "no policy file '$/none.toml'"),
        arguments("plan --config $/unknown.toml", 2, "$/unknown.toml:3: Unknown key 'kep'"),
        arguments("plan --config $/broken.toml", 2, "$/broken.toml:"),
        arguments("plan --config $/home.toml", 3, "Refused to clean $/home"),
        arguments("clean --root $/project", 2, "add --yes"),
        arguments("clean --root / --yes", 3, "Refused to clean /"),
        arguments("clean --root $/link/. --yes", 2, "'$/link/.' is not accepted as a path"),
        arguments("apply", 2, "Missing required parameter: 'FILE'"),
        arguments("apply $/none.json --yes", 2, "no plan '$/none.json'"),
        arguments("apply $/truncated.json --yes", 2, "$/truncated.json' cannot be applied"),
        arguments("apply $/schema.json --yes", 2, "$/schema.json' cannot be applied: It has"),
        arguments("apply $/empty.json --yes", 2, "$/empty.json' cannot be applied"),
        arguments("apply $/list.json --yes", 2, "$/list.json' cannot be applied"),
        arguments("apply $/slash.json --yes", 3, "Refused to clean /"),
        arguments("apply $/whole.json", 2, "add --yes"),
        arguments("baseline", 2, "Missing required option: '--output=FILE'"),
        arguments("baseline -o $/b.json --location work", 2, "NAME=PATH"),
        arguments("baseline -o $/b.json --location w=", 2, "the path is empty"),
        arguments("verify", 2, "add --baseline FILE, or a command after --"),
        arguments("verify --baseline $/list.json", 2, "$/list.json' cannot be used as a baseline"),
        arguments("verify --baseline $/none.json", 2, "no baseline '$/none.json'"),
        arguments(
            "verify --location w=$/project --tolerate v=1MB -- true", 2, "names the location 'v'"),
        arguments("verify --location w=$/project --tolerate w=much -- true", 2, "is not a size"),
        arguments("verify --location w -- true", 2, "no standard location 'w'; write NAME=PATH"),
        arguments("verify --location w=$/project --expect x=bounded -- true", 2, "location 'x'"),
        arguments("verify --location w=$/project --except /abs -- true", 2, "can match nothing"),
        arguments("verify --watch --baseline before.json", 2, "add one after --"),
        arguments("verify --location w=$/project -- $/no-such-tool", 127, "cannot be run"),
        arguments("verify --location w=$/project -- $/whole.json", 126, "cannot be run"),
        arguments("size ''", 2, "The path is empty"),
        arguments("size $/none", 1, "there is no $/none"),
        arguments("size --depth -1 $/project", 2, "--depth must be 0 or more"),
        arguments("size --top many $/project", 2, "'many' is not an int"));
  }

  @ParameterizedTest(name = "lowtide {0}")
  @MethodSource("bad")
  void isOneLineAndChangesNothing(String arguments, int exit, String line) {
    Map<String, String> before = tree.fingerprint();

    CommandLineRun run =
        CommandLineRun.of(
            host,
            Arrays.stream(arguments.split(" "))
                .filter(argument -> !argument.isEmpty())
                .map(argument -> argument.equals("''") ? "" : inDirectory(argument))
                .toArray(String[]::new));

    assertThat(run.err().lines()).singleElement().asString().contains(inDirectory(line));
    assertThat(run.exit()).isEqualTo(exit);
    assertThat(run.out()).isEmpty();
    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  private String inDirectory(String text) {
    return text.replaceAll("\\$(?![A-Z])", tree.root().toString());
  }
}
