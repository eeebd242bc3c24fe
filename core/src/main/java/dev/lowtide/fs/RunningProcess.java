package dev.lowtide.fs;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process that this user may look at.
 *
 * @param pid its number
 * @param environment the variables with which it was started; empty where the system does not tell
 */
public record RunningProcess(long pid, Optional<Map<String, String>> environment) {

  /** Those that run an executable of that name, this process aside. */
  public static List<RunningProcess> named(String executable) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .filter(
            process ->
                process
                    .info()
                    .command()
                    .map(command -> Path.of(command).getFileName())
                    .filter(name -> name.toString().equals(executable))
                    .isPresent())
        .map(process -> new RunningProcess(process.pid(), environment(process.pid())))
        .toList();
  }

  /** proc(5): {@code NAME=VALUE}, each ended by a null byte. */
  private static Optional<Map<String, String>> environment(long pid) {
    String text;
    try {
      text = Files.readString(Path.of("/proc/" + pid + "/environ"), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return Optional.empty(); // of another user, or not UTF-8, or not Linux
    }
    Map<String, String> variables = new LinkedHashMap<>();
    for (String variable : Splitter.on('\0').omitEmptyStrings().split(text)) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        variables.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return Optional.of(variables);
  }
}
