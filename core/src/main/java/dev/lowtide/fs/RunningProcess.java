package dev.lowtide.fs;

import com.google.common.base.Splitter;
import dev.lowtide.RunningProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A process that this user may look at.
 *
 * @param pid its number
 * @param environment the variables with which it was started; empty where the system does not tell
 */
public record RunningProcess(long pid, Optional<Map<String, String>> environment) {

  /** Where tempfile of Python looks, and most others: the first that is set counts. */
  private static final List<String> TEMPORARY = List.of("TMPDIR", "TEMP", "TMP");

  /** Those that run an executable of that name, this process aside. */
  public static List<RunningProcess> named(String executable) {
    return others()
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

  /** All that tell what they were started with, this process aside. */
  public static List<RunningProgram> programs() {
    return others().flatMap(process -> program(process).stream()).toList();
  }

  private static Stream<ProcessHandle> others() {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != ProcessHandle.current().pid());
  }

  private static Optional<RunningProgram> program(ProcessHandle process) {
    List<String> argv = argv(process);
    Optional<Instant> started = process.info().startInstant();
    if (argv.isEmpty() || started.isEmpty()) {
      return Optional.empty(); // a thread of the kernel, or one that has ended
    }
    Optional<Set<String>> temporary =
        environment(process.pid())
            .map(
                variables ->
                    TEMPORARY.stream()
                        .flatMap(name -> Optional.ofNullable(variables.get(name)).stream())
                        .filter(value -> !value.isEmpty())
                        .collect(Collectors.toSet()));
    return Optional.of(new RunningProgram(process.pid(), argv, started.get(), temporary));
  }

  /** From proc(5) where it is there: the JDK gives no more than a page of it. */
  private static List<String> argv(ProcessHandle process) {
    try {
      return ProcFs.arguments(ProcFs.process(process.pid())).stream()
          .filter(argument -> !argument.isEmpty())
          .toList();
    } catch (IOException e) {
      List<String> argv = new ArrayList<>();
      process.info().command().ifPresent(argv::add);
      process.info().arguments().ifPresent(arguments -> argv.addAll(Arrays.asList(arguments)));
      return argv;
    }
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
