package dev.lowtide.examples;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Runs the commands that people start most, on a directory and for nobody to read, so that the JVM
 * sees which classes they need and can keep these in an archive for the next start.
 *
 * <p>It changes nothing on the disk. The launchers start it once for each jar and JDK.
 */
final class StartUpTraining {
  private StartUpTraining() {}

  public static void main(String[] args) {
    String directory = args[0];
    PrintStream nobody =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    System.setOut(nobody);
    System.setErr(nobody);
    for (List<String> command :
        List.of(
            List.of("size", directory),
            List.of("clean", "--dry-run", "--root", directory),
            List.of("plan", "--json", "--root", directory))) {
      Main.main(command.toArray(String[]::new));
    }
  }
}
