package dev.lowtide.command;

import com.google.common.collect.ImmutableSet;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Runs programs as child processes. */
final class ProcessRunner implements CommandRunner {
  /**
   * Variables that a child must not inherit: GIT_DIR of a Git hook would make Git use another
   * repository, PYTHONPATH and VIRTUAL_ENV would make Python use packages of another installation,
   * and PYTHONDONTWRITEBYTECODE and LD_PRELOAD change what a build does. CONDA_PKGS_DIRS is a
   * setting of the user and is inherited; the other variables of Conda belong to an activated
   * environment.
   */
  private static final Pattern NOT_INHERITED =
      Pattern.compile(
          "GIT_.*|PYTHON(HOME|PATH|STARTUP|DONTWRITEBYTECODE|PYCACHEPREFIX)|VIRTUAL_ENV.*"
              + "|CONDA_(?!PKGS_DIRS$).*|__PYVENV_LAUNCHER__"
              + "|LD_AUDIT|LD_PRELOAD|LD_LIBRARY_PATH|DYLD_.*",
          Pattern.CASE_INSENSITIVE); // Windows ignores the case of variables

  /**
   * The variables that name the directories of programs that rustup and pyenv run instead of those
   * on {@code PATH}.
   */
  private static final Set<String> PROGRAM_HOME_VARIABLES = Set.of("RUSTUP_HOME", "PYENV_ROOT");

  private static final int MAX_OUTPUT_BYTES = 64 * 1024;
  private static final int MAX_QUERY_OUTPUT_BYTES = 16 * 1024 * 1024;
  private static final long TERMINATION_SECONDS = 5;
  static final long TERMINATION_MILLIS = TimeUnit.SECONDS.toMillis(TERMINATION_SECONDS);

  private final HostEnvironment host;
  private final Set<String> allowed;

  ProcessRunner(HostEnvironment host, Set<String> allowed) {
    this.host = host;
    this.allowed = ImmutableSet.copyOf(allowed);
  }

  @Override
  public Command.Result run(Command command) throws IOException {
    return run(command, ProcessBuilder.Redirect.PIPE, MAX_OUTPUT_BYTES);
  }

  /**
   * The whole standard output of a command; empty if the command fails or prints more than the
   * limit.
   */
  Optional<String> output(Command command) throws IOException {
    Command.Result result = run(command, ProcessBuilder.Redirect.DISCARD, MAX_QUERY_OUTPUT_BYTES);
    return result.succeeded() && result.output().length() < MAX_QUERY_OUTPUT_BYTES
        ? Optional.of(result.output())
        : Optional.empty();
  }

  private Command.Result run(Command command, ProcessBuilder.Redirect errors, int maxOutputBytes)
      throws IOException {
    String executable = command.argv().get(0);
    Path name = Path.of(executable).getFileName();
    if (name == null || !allowed.contains(name.toString())) {
      throw notAllowed(executable);
    }
    Process process = start(command, errors);
    process.getOutputStream().close();
    Tail tail = new Tail(maxOutputBytes);
    Thread reader =
        new Thread(() -> copy(process.getInputStream(), tail, command), "lowtide-output");
    reader.setDaemon(true);
    reader.start();
    try {
      boolean hasEnded = process.waitFor(command.timeLimit().toMillis(), TimeUnit.MILLISECONDS);
      if (!hasEnded) {
        terminate(process);
      }
      // A descendant that is still running may keep the pipe open forever
      reader.join(TERMINATION_MILLIS);
      return new Command.Result(process.waitFor(), tail.text(), !hasEnded);
    } catch (InterruptedException e) {
      terminate(process);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while running " + executable);
    }
  }

  static IOException notAllowed(String executable) {
    return new IOException("'" + Printable.of(executable) + "' is not an allowed command");
  }

  /**
   * @param errors where its standard error goes; {@code PIPE} merges it into the standard output
   */
  Process start(Command command, ProcessBuilder.Redirect errors) throws IOException {
    List<String> argv = new ArrayList<>(command.argv());
    for (String argument : argv) {
      if (argument.indexOf('\uFFFD') >= 0) { // the replacement character would name another file
        throw new IOException(
            "The argument '"
                + Printable.of(argument)
                + "' has characters that this locale cannot write; set LC_ALL=C.UTF-8, or rename"
                + " the file");
      }
    }
    if (Path.of(argv.get(0)).getParent() == null) {
      // The JDK would look up a bare name on the PATH of this process, which may have untrusted
      // directories
      Path file =
          host.executable(argv.get(0)).orElseThrow(() -> new NotFoundException(argv.get(0)));
      argv.set(0, file.toString());
    }
    ProcessBuilder builder =
        new ProcessBuilder(argv)
            .redirectErrorStream(errors.equals(ProcessBuilder.Redirect.PIPE))
            .redirectError(errors);
    Map<String, String> environment = builder.environment();
    environment.clear();
    if (command.inheriting()) {
      environment.putAll(host.variables());
      environment.keySet().removeIf(variable -> NOT_INHERITED.matcher(variable).matches());
      environment.keySet().removeIf(variable -> namesUntrustedPrograms(variable));
      // A tool finds the programs that it starts in the same directories
      environment.replaceAll(
          (variable, value) ->
              variable.equalsIgnoreCase("PATH") ? searchPath(host.programDirectories()) : value);
    }
    environment.putAll(command.environment());
    builder.directory(command.directory().orElseGet(host::neutralDirectory).toFile());
    return builder.start();
  }

  private boolean namesUntrustedPrograms(String variable) {
    return PROGRAM_HOME_VARIABLES.contains(variable)
        && host.directory(variable).filter(host::mayHoldPrograms).isEmpty();
  }

  private static String searchPath(List<Path> directories) {
    return directories.stream()
        .map(Path::toString)
        .collect(Collectors.joining(System.getProperty("path.separator")));
  }

  /**
   * Ends a process and all its descendants: first with a request to terminate, so that it can clean
   * up, then by force.
   */
  static void terminate(Process process) {
    // The children are listed first, since they cannot be found after the process has ended
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    children.forEach(ProcessHandle::destroy);
    boolean interrupted = Thread.interrupted();
    try {
      process.waitFor(TERMINATION_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(InputStream in, Tail tail, Command command) {
    byte[] buffer = new byte[8192];
    try (in;
        OutputStream log =
            command.log().isPresent()
                ? Files.newOutputStream(
                    command.log().get(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                : OutputStream.nullOutputStream()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        tail.add(buffer, n);
        log.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // the pipe closes when the process is killed, and a full disk must not block the child
      tail.add("\n[output lost]\n".getBytes(StandardCharsets.UTF_8));
    }
  }

  /** The last bytes of a stream. */
  private static final class Tail {
    private final int maxBytes;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Tail(int maxBytes) {
      this.maxBytes = maxBytes;
    }

    synchronized void add(byte[] buffer, int count) {
      bytes.write(buffer, 0, count);
      if (bytes.size() > 2 * maxBytes) {
        byte[] all = bytes.toByteArray();
        bytes.reset();
        bytes.write(all, all.length - maxBytes, maxBytes);
      }
    }

    void add(byte[] all) {
      add(all, all.length);
    }

    synchronized String text() {
      byte[] all = bytes.toByteArray();
      int from = Math.max(0, all.length - maxBytes);
      return new String(all, from, all.length - from, StandardCharsets.UTF_8);
    }
  }
}
