package dev.lowtide.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A Java installation. */
record JavaHome(Path directory) {

  /** Whether the native layer works with it. */
  boolean isNative() {
    try {
      return Files.readAllLines(directory.resolve("release")).stream()
          .anyMatch(line -> line.matches("JAVA_VERSION=\"(2[2-9]|[3-9]\\d).*"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> command(String... options) {
    List<String> command = new ArrayList<>(List.of(directory.resolve("bin/java").toString()));
    command.addAll(List.of(options));
    if (isNative()) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    return command;
  }

  /**
   * A worker that does one job on the tree that is named behind it, as the launcher would start it.
   */
  List<String> worker(String job) {
    List<String> command = new ArrayList<>(command("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName(), job));
    return command;
  }
}
