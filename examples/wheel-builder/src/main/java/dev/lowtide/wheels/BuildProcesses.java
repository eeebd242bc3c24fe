package dev.lowtide.wheels;

import com.google.common.base.Splitter;
import dev.lowtide.Printable;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.StreamSupport;

/**
 * The processes that builds have started and left running, such as the server of sccache, or a
 * compiler whose builder was killed. They are recognised by a variable in their environment, which
 * Linux shows in {@code /proc/PID/environ} (proc(5)); on other systems none are found.
 */
final class BuildProcesses {
  /** Has the directory of the build as its value. */
  static final String VARIABLE = "LOWTIDE_BUILD";

  private static final Charset NATIVE = Charset.forName(System.getProperty("native.encoding"));

  private static final long SECONDS_TO_END = 5;

  private BuildProcesses() {}

  /** The files and directories that the processes of builds in a directory have open. */
  static Set<Path> openFiles(Path directory) {
    Set<Path> open = new HashSet<>();
    for (ProcessHandle process : of(directory)) {
      try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(of(process, "fd"))) {
        for (Path descriptor : descriptors) {
          open.add(Files.readSymbolicLink(descriptor));
        }
      } catch (IOException | DirectoryIteratorException e) {
        // it has ended
      }
    }
    return open;
  }

  private static List<ProcessHandle> of(Path directory) {
    return ProcessHandle.allProcesses().filter(process -> isOf(process, directory)).toList();
  }

  /**
   * Ends the processes of builds in a directory, or in directories below it; first with SIGTERM.
   *
   * @return what was ended, for people
   */
  static List<String> end(Path directory) {
    List<ProcessHandle> left = of(directory);
    List<String> ended = new ArrayList<>();
    for (ProcessHandle process : left) {
      ended.add(name(process) + " (pid " + process.pid() + ")");
      process.destroy();
    }
    for (ProcessHandle process : left) {
      try {
        process.onExit().get(SECONDS_TO_END, TimeUnit.SECONDS);
      } catch (TimeoutException | ExecutionException e) {
        process.destroyForcibly();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        process.destroyForcibly();
      }
    }
    return ended;
  }

  private static boolean isOf(ProcessHandle process, Path directory) {
    String variables;
    try {
      variables = Files.readString(of(process, "environ"), NATIVE);
    } catch (IOException e) {
      return false; // it has ended, or belongs to another user
    }
    String value = VARIABLE + "=" + directory;
    return StreamSupport.stream(Splitter.on('\0').split(variables).spliterator(), false)
        .anyMatch(each -> each.equals(value) || each.startsWith(value + "/"));
  }

  private static String name(ProcessHandle process) {
    try {
      return Printable.of(Files.readString(of(process, "comm")).strip());
    } catch (IOException e) {
      return "a process";
    }
  }

  private static Path of(ProcessHandle process, String file) {
    return Path.of("/proc", Long.toString(process.pid()), file);
  }
}
