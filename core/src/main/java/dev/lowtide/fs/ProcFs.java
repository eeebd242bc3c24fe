package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads {@code /proc} as proc(5) describes it, Linux 6.18. Texts are read as Latin-1, which keeps
 * every byte of a name.
 */
final class ProcFs {
  static final Path PROC = Path.of("/proc");
  static final Path SELF = PROC.resolve("self");

  /** The maximum size of a table, such as that of all sockets or of the mappings of one process. */
  private static final int MAX_TABLE_BYTES = 64 << 20;

  /**
   * The kernel limits the arguments and the environment of a new process to 6 MiB; the process can
   * enlarge them later.
   */
  private static final int MAX_ARGUMENT_BYTES = 8 << 20;

  /** Twice PATH_MAX, since characters may be escaped, and other text may follow the path. */
  private static final int MAX_PATH_CHARS = 2 * 4096;

  private ProcFs() {}

  static Path process(long pid) {
    return PROC.resolve(Long.toString(pid));
  }

  static String read(Path file) throws IOException {
    return read(file, MAX_TABLE_BYTES);
  }

  private static String read(Path file, int limit) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(limit + 1);
      if (bytes.length > limit) {
        throw new TooLongException(file + " has more than " + limit + " bytes");
      }
      return new String(bytes, ISO_8859_1);
    }
  }

  /** Thrown if a process has made a text in {@code /proc} longer than the limit. */
  static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1L;

    private TooLongException(String message) {
      super(message);
    }
  }

  /** The fields of {@code /proc/PID/status}. */
  static Map<String, String> status(Path process) throws IOException {
    Map<String, String> fields = new HashMap<>();
    for (String line : lines(read(process.resolve("status")))) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return fields;
  }

  /**
   * Splits at line feeds alone. The text after the last line feed is a line too, usually an empty
   * one. Faster than Guava before the JIT compiler has run.
   */
  static List<String> lines(String text) {
    return List.of(text.split("\n", -1));
  }

  /** The arguments of a process, {@code /proc/PID/cmdline}. */
  static List<String> arguments(Path process) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            Splitter.on('\0').splitToList(read(process.resolve("cmdline"), MAX_ARGUMENT_BYTES)));
    arguments.remove(arguments.size() - 1); // the text after the last null byte
    return arguments;
  }

  /** The variables with which a process was started, {@code /proc/PID/environ}. */
  static Map<String, String> environment(Path process) throws IOException {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String variable :
        Splitter.on('\0').split(read(process.resolve("environ"), MAX_ARGUMENT_BYTES))) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        variables.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return variables;
  }

  /** The entries of a directory that are numbers: processes, threads or descriptors. */
  static List<Path> numericEntries(Path directory) throws IOException {
    List<Path> numericEntries = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (isNumber(entry.getFileName().toString())) {
          numericEntries.add(entry);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return numericEntries;
  }

  /** The name of a process, if it is running and visible. */
  static Optional<String> command(long pid) {
    try {
      return Optional.of(read(process(pid).resolve("comm")).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether the table of processes leaves out those of other users, {@code hidepid} of proc(5). */
  static boolean hidesProcesses() throws IOException {
    return read(SELF.resolve("mounts"))
        .lines()
        .filter(line -> line.contains(" /proc proc "))
        .anyMatch(line -> line.contains("hidepid=") && !line.matches(".*hidepid=(0|off)\\b.*"));
  }

  private static boolean isNumber(String name) {
    return name.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /**
   * Converts a path as the kernel writes it.
   *
   * @throws IllegalArgumentException if it is longer than any path that the kernel writes
   */
  static Path path(String latin1) {
    if (latin1.length() > MAX_PATH_CHARS) {
      throw new IllegalArgumentException(
          "a path in /proc has more than " + MAX_PATH_CHARS + " characters");
    }
    return Names.absolutePath(latin1.getBytes(ISO_8859_1));
  }
}
