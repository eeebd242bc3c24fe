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

  /** Where tempfile of Python looks, and most others: the first that is set counts. */
  private static final List<String> TEMPORARY = List.of("TMPDIR", "TEMP", "TMP");

  /** The processes that run an executable with this name, except this process. */
  public static List<RunningProcess> named(String executable) {
    return each(
        process ->
            name(process)
                .filter(executable::equals)
                .map(name -> new RunningProcess(process.pid(), environment(process.pid()))),
        process ->
            Optional.of(process.pid())
                .filter(pid -> link(pid).map(executable::equals).orElse(true))
                .map(pid -> new RunningProcess(pid, Optional.empty())));
  }

  /** Whether an executable with this name is running, or may be, except in this process. */
  public static boolean isRunning(String executable) {
    return !named(executable).isEmpty();
  }

  /**
   * All processes with their command lines, including those that do not respond; except this
   * process.
   */
  public static List<RunningProgram> programs() {
    return each(
        RunningProcess::program,
        process -> Optional.of(RunningProgram.withoutAnswer(process.pid())));
  }

  /**
   * Inspects each process on another thread, since reading its files in {@code /proc} may block.
   *
   * @param silent supplies the result for a process that does not respond
   */
  static <T> List<T> each(
      Function<ProcessHandle, Optional<T>> look, Function<ProcessHandle, Optional<T>> silent) {
    StuckProcesses stuck = new StuckProcesses();
    List<T> found = new ArrayList<>();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      long pid = process.pid();
      if (pid == ProcessHandle.current().pid()) {
        continue;
      }
      boolean waits = stuck.areTooMany() || StuckProcesses.NOW.contains(pid);
      (waits ? silent.apply(process) : look(process, look, silent, stuck)).ifPresent(found::add);
    }
    return found;
  }

  private static <T> Optional<T> look(
      ProcessHandle process,
      Function<ProcessHandle, Optional<T>> look,
      Function<ProcessHandle, Optional<T>> silent,
      StuckProcesses stuck) {
    Duration patience = stuck.patience();
    AtomicBoolean answered = new AtomicBoolean();
    try {
      return Deadline.call(
          ProcFs.process(process.pid()),
          patience,
          () -> {
            try {
              return look.apply(process);
            } finally {
              answered.set(true);
              StuckProcesses.NOW.remove(process.pid());
            }
          });
    } catch (IOException e) {
      stuck.gaveUp(patience);
      StuckProcesses.NOW.add(process.pid());
      if (answered.get()) {
        StuckProcesses.NOW.remove(process.pid()); // in this very moment
      }
      return silent.apply(process);
    }
  }

  /** The last name of what it runs; where the system does not tell that, of its first argument. */
  private static Optional<String> name(ProcessHandle process) {
    return link(process.pid()).or(() -> process.info().command().map(RunningProcess::lastName));
  }

  /** A link of proc(5), which nothing keeps waiting. */
  private static Optional<String> link(long pid) {
    try {
      Path file = Files.readSymbolicLink(ProcFs.process(pid).resolve("exe"));
      return Optional.of(lastName(file.toString()));
    } catch (IOException e) {
      return Optional.empty(); // of another user, or not Linux
    }
  }

  private static String lastName(String path) {
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
      return Optional.empty(); // a thread of the kernel, or one that has ended
    }
    Optional<Set<String>> temporary =
        environment.map(
            variables ->
                TEMPORARY.stream()
                    .flatMap(name -> Optional.ofNullable(variables.get(name)).stream())
                    .filter(value -> !value.isEmpty())
                    .collect(Collectors.toSet()));
    return Optional.of(new RunningProgram(process.pid(), argv, started.get(), temporary));
  }

  /** From proc(5) where it is there: the JDK gives no more than a page of it. */
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

  /** The variables as text; empty where they are not UTF-8, since they could not be given again. */
  private static Optional<Map<String, String>> environment(long pid) {
    try {
      Map<String, String> variables = new LinkedHashMap<>();
      for (Map.Entry<String, String> each : ProcFs.environment(ProcFs.process(pid)).entrySet()) {
        variables.put(text(each.getKey()), text(each.getValue()));
      }
      return Optional.of(variables);
    } catch (IOException e) {
      return Optional.empty(); // of another user, or not UTF-8, or not Linux
    }
  }

  private static String text(String latin) throws CharacterCodingException {
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(latin.getBytes(StandardCharsets.ISO_8859_1)))
        .toString();
  }
}
