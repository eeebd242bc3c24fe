package dev.lowtide.fs;

import dev.lowtide.Tools.RunningProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A process that this user may inspect.
 *
 * @param pid its process id
 * @param environment the variables with which it was started; empty if the system does not provide
 *     them
 */
public record RunningProcess(long pid, Optional<Map<String, String>> environment) {

  /**
   * The variables that may name the directory for temporary files. Python's tempfile, like most
   * programs, uses the first one that is set; all are recorded, since a program may use another
   * one.
   */
  private static final List<String> TEMPORARY_VARIABLES = List.of("TMPDIR", "TEMP", "TMP");

  /**
   * The processes, except this one, that run an executable with this name, or may run it because
   * they do not respond and the name of their executable is unknown.
   */
  public static List<RunningProcess> withName(String executable) {
    return inspectAll(
        process ->
            name(process)
                .filter(executable::equals)
                .map(name -> new RunningProcess(process.pid(), environment(process.pid()))),
        process ->
            Optional.of(process.pid())
                .filter(pid -> executableName(pid).map(executable::equals).orElse(true))
                .map(pid -> new RunningProcess(pid, Optional.empty())));
  }

  /** Whether a process other than this one runs an executable with this name, or may run it. */
  public static boolean isRunning(String executable) {
    return !withName(executable).isEmpty();
  }

  /**
   * All processes except this one, with their command lines. A process that does not respond is
   * included without one; a kernel thread is not included.
   */
  public static List<RunningProgram> programs() {
    return inspectAll(
        RunningProcess::program,
        process -> Optional.of(RunningProgram.withoutAnswer(process.pid())));
  }

  /**
   * Inspects each process except this one on another thread, since reading its files in {@code
   * /proc} may block. A process that blocked an earlier inspection, and every process after too
   * many that did not respond, counts as unresponsive without being inspected.
   *
   * @param ifUnresponsive supplies the result for a process that does not respond
   */
  static <T> List<T> inspectAll(
      Function<ProcessHandle, Optional<T>> inspect,
      Function<ProcessHandle, Optional<T>> ifUnresponsive) {
    StuckProcesses stuck = new StuckProcesses();
    List<T> found = new ArrayList<>();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      long pid = process.pid();
      if (pid == ProcessHandle.current().pid()) {
        continue;
      }
      boolean isSkipped = stuck.areTooMany() || StuckProcesses.BLOCKING.contains(pid);
      (isSkipped ? ifUnresponsive.apply(process) : inspect(process, inspect, ifUnresponsive, stuck))
          .ifPresent(found::add);
    }
    return found;
  }

  private static <T> Optional<T> inspect(
      ProcessHandle process,
      Function<ProcessHandle, Optional<T>> inspect,
      Function<ProcessHandle, Optional<T>> ifUnresponsive,
      StuckProcesses stuck) {
    Duration timeout = stuck.timeout();
    AtomicBoolean hasResponded = new AtomicBoolean();
    try {
      return Deadline.call(
          ProcFs.process(process.pid()),
          timeout,
          () -> {
            try {
              return inspect.apply(process);
            } finally {
              hasResponded.set(true);
              StuckProcesses.BLOCKING.remove(process.pid());
            }
          });
    } catch (IOException e) {
      stuck.addAbandoned(timeout);
      StuckProcesses.BLOCKING.add(process.pid());
      if (hasResponded.get()) {
        // It responded after the time limit, but before it was added above
        StuckProcesses.BLOCKING.remove(process.pid());
      }
      return ifUnresponsive.apply(process);
    }
  }

  /** The file name of a process's executable, or of its command if the executable is unknown. */
  private static Optional<String> name(ProcessHandle process) {
    return executableName(process.pid())
        .or(() -> process.info().command().map(RunningProcess::fileName));
  }

  /** The file name of the executable, from a link in {@code /proc} whose reading never blocks. */
  private static Optional<String> executableName(long pid) {
    try {
      Path file = Files.readSymbolicLink(ProcFs.process(pid).resolve("exe"));
      return Optional.of(fileName(file.toString()));
    } catch (IOException e) {
      return Optional.empty(); // another user's process, or not Linux
    }
  }

  private static String fileName(String path) {
    return path.substring(path.replace('\\', '/').lastIndexOf('/') + 1);
  }

  private static Optional<RunningProgram> program(ProcessHandle process) {
    List<String> argv;
    Optional<Map<String, String>> environment;
    try {
      argv = argv(process);
      environment = environment(process.pid());
    } catch (ProcFs.TooLongException e) {
      return Optional.of(RunningProgram.withoutAnswer(process.pid()));
    }
    Optional<Instant> started = process.info().startInstant();
    if (argv.isEmpty() || started.isEmpty()) {
      return Optional.empty(); // a kernel thread, or a process that has ended
    }
    Optional<Set<String>> temporary =
        environment.map(
            variables ->
                TEMPORARY_VARIABLES.stream()
                    .flatMap(name -> Optional.ofNullable(variables.get(name)).stream())
                    .filter(value -> !value.isEmpty())
                    .collect(Collectors.toSet()));
    return Optional.of(new RunningProgram(process.pid(), argv, started.get(), temporary));
  }

  /** The command line, from {@code /proc} if it exists: the JDK returns at most one page of it. */
  private static List<String> argv(ProcessHandle process) throws ProcFs.TooLongException {
    try {
      return ProcFs.arguments(ProcFs.process(process.pid())).stream()
          .filter(argument -> !argument.isEmpty())
          .toList();
    } catch (ProcFs.TooLongException e) {
      throw e;
    } catch (IOException e) {
      List<String> argv = new ArrayList<>();
      process.info().command().ifPresent(argv::add);
      process.info().arguments().ifPresent(arguments -> argv.addAll(Arrays.asList(arguments)));
      return argv;
    }
  }

  /**
   * The environment as text; empty if it cannot be read, or is not UTF-8, since a server could not
   * be started again with the same environment.
   */
  private static Optional<Map<String, String>> environment(long pid) {
    try {
      Map<String, String> variables = new LinkedHashMap<>();
      for (Map.Entry<String, String> variable :
          ProcFs.environment(ProcFs.process(pid)).entrySet()) {
        variables.put(text(variable.getKey()), text(variable.getValue()));
      }
      return Optional.of(variables);
    } catch (IOException e) {
      return Optional.empty(); // another user's process, too long, not UTF-8, or not Linux
    }
  }

  private static String text(String latin1) throws CharacterCodingException {
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1)))
        .toString();
  }
}
