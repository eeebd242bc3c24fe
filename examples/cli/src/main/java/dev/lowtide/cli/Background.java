package dev.lowtide.cli;

import com.google.common.base.Splitter;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A process that frees the space of items that a run only moved away. It is {@code lowtide trash
 * purge} in a session of its own, with the lowest priority, and continues after this process has
 * ended. If it is killed, the next run on the same target removes the rest.
 */
final class Background {
  /** The JVM options of the launcher, without those for a fast start. */
  private static final List<String> OPTIONS =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xlog:disable");

  private static final int NATIVE_FROM = 22;

  private Background() {}

  /**
   * Starts the process.
   *
   * @throws IOException if that fails
   */
  static void start(HostEnvironment host, Collection<CleanupTarget> targets) throws IOException {
    List<String> argv = new ArrayList<>();
    // The shell ends at once; waiting for a long-lived child would delay the end of this JVM by
    // 300 ms
    argv.addAll(List.of("/bin/sh", "-c", "\"$@\" &", "sh"));
    argv.addAll(prefix(host, "setsid"));
    argv.addAll(prefix(host, "nice", "-n", "19"));
    argv.addAll(prefix(host, "ionice", "-c", "3"));
    argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    argv.addAll(OPTIONS);
    if (Runtime.version().feature() >= NATIVE_FROM) {
      argv.add("--enable-native-access=ALL-UNNAMED");
    }
    argv.addAll(List.of("-cp", classPath()));
    argv.addAll(List.of("dev.lowtide.cli.Main", "trash", "purge"));
    for (CleanupTarget target : targets) {
      if (target.kind() != CleanupTarget.Kind.STORE) {
        argv.addAll(List.of("--root", target.root().toString()));
      }
    }
    ProcessBuilder builder =
        new ProcessBuilder(argv)
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD)
            .directory(host.neutralDirectory().toFile());
    keepOwn(builder.environment(), host);
    try {
      int exit = builder.start().waitFor();
      if (exit != 0) {
        throw new IOException("/bin/sh ended with exit code " + exit);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Absolute, since the process starts in another directory. */
  private static String classPath() {
    String separator = System.getProperty("path.separator");
    return Splitter.on(separator)
        .splitToStream(System.getProperty("java.class.path"))
        .map(each -> Path.of(each).toAbsolutePath().toString())
        .collect(Collectors.joining(separator));
  }

  private static List<String> prefix(HostEnvironment host, String tool, String... arguments) {
    List<String> argv = new ArrayList<>();
    host.executable(tool).ifPresent(path -> argv.add(path.toString()));
    if (!argv.isEmpty()) {
      argv.addAll(List.of(arguments));
    }
    return argv;
  }

  /**
   * Removes all variables except those for the locale and those that locate the quarantines. By the
   * others, CI servers find the processes to kill when a job ends.
   */
  private static void keepOwn(Map<String, String> environment, HostEnvironment host) {
    environment
        .keySet()
        .removeIf(
            name -> !name.startsWith("LC_") && !name.equals("LANG") && !name.equals("LOCPATH"));
    environment.put("HOME", host.home().toString());
    environment.put("TMPDIR", host.temporaryDirectory().toString());
    host.variable("PATH").ifPresent(path -> environment.put("PATH", path));
    host.variable("XDG_STATE_HOME").ifPresent(path -> environment.put("XDG_STATE_HOME", path));
  }
}
