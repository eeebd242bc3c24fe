package dev.lowtide.cli;

import static java.util.Objects.requireNonNull;

import dev.lowtide.execute.Lowtide;
import dev.lowtide.fs.OutputFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the most frequent commands on a small workspace and discards their output. The launcher
 * starts it with JVM options that store the loaded classes in an archive (class data sharing); with
 * the archive, later starts are faster.
 *
 * <p>It writes only into a directory that the launcher creates before and removes afterwards. It
 * runs once for each jar and JDK.
 */
final class StartUpTraining {
  /** A workspace with something to remove: without it, half of the classes are not loaded. */
  private static final Map<String, String> WORKSPACE =
      Map.of(
          "requirements.txt",
          "one==1.0\n",
          ".venv/pyvenv.cfg",
          "home = /usr/bin\nversion = 3.12.1\n",
          ".venv/bin/activate",
          "",
          ".venv/bin/python",
          "",
          ".venv/lib/python3.12/site-packages/one.py",
          "",
          ".venv/lib/python3.12/site-packages/__pycache__/one.cpython-312.pyc",
          "",
          ".venv/lib/python3.12/site-packages/one-1.0.dist-info/INSTALLER",
          "pip\n",
          ".venv/lib/python3.12/site-packages/one-1.0.dist-info/METADATA",
          "Metadata-Version: 2.1\nName: one\nVersion: 1.0\n",
          ".venv/lib/python3.12/site-packages/one-1.0.dist-info/RECORD",
          """
          one.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
          one-1.0.dist-info/INSTALLER,sha256=zuuue4knoyJ-UwPPXg8fezS7VCrXJQrAP7zeNuwvFQg,4
          one-1.0.dist-info/METADATA,,
          one-1.0.dist-info/RECORD,,
          """);

  private StartUpTraining() {}

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    write(directory);
    PrintStream discarding =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    System.setOut(discarding);
    System.setErr(discarding);
    // The history of runs, too, must be written to the directory that the launcher removes
    Path state = directory.resolve("state");
    Session session =
        new Session(
            Lowtide.thisMachine(Lowtide::installedProviders)
                .withVariables(
                    variables -> {
                      Map<String, String> own = new HashMap<>(variables);
                      own.put("XDG_STATE_HOME", state.toString());
                      return own;
                    }),
            System.in,
            discarding,
            discarding,
            false,
            Lowtide::installedProviders);
    for (List<String> command :
        List.of(
            List.of("--help"), // creates the objects of all commands
            List.of("size", args[0]),
            List.of("clean", "--dry-run", "--root", args[0]),
            List.of("plan", "--json", "--root", args[0]))) {
      Main.main(command.toArray(String[]::new));
    }
    Main.run(new String[] {"clean", "--yes", "--root", args[0]}, session);
  }

  static void write(Path directory) throws IOException {
    for (Map.Entry<String, String> each : WORKSPACE.entrySet()) {
      Path file = directory.resolve(each.getKey());
      Files.createDirectories(requireNonNull(file.getParent()));
      OutputFile.write(file, out -> out.write(each.getValue().getBytes(StandardCharsets.UTF_8)));
    }
  }
}
