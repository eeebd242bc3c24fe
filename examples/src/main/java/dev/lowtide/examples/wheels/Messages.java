package dev.lowtide.examples.wheels;

import dev.lowtide.CleanupListener;
import dev.lowtide.Printable;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Help.Ansi;

/**
 * What the builder says while it works, in the manner of the shell scripts that build such wheels:
 * lines that begin with {@code [INFO]}, {@code [SUCCESS]}, {@code [WARN]} or {@code [ERROR]}, and
 * on a terminal one line in place that shows that it is alive.
 *
 * <p>Safe for use by many threads.
 */
final class Messages implements AutoCloseable {
  /** What a policy removes, as users know it. */
  private static final Map<String, String> PHRASES =
      Map.of(
          "python.venv", "virtual environment",
          "python.cmake-build", "build tree",
          "python.egg-info", "egg-info",
          "python.bytecode", "bytecode",
          "python.wheel-temp", "temporary wheels",
          "python.build-backup", "backups",
          "python.build-temp", "disposable directory",
          "python.pip-cache", "pip cache entries",
          "python.uv-cache", "uv cache entries");

  private static final String ERASE_LINE = "\r\u001B[K";

  private final PrintStream stream;
  private final boolean terminal;
  private boolean statusShown;

  /**
   * @param stream where everything goes
   * @param terminal whether a line may be written again and again
   */
  Messages(PrintStream stream, boolean terminal) {
    this.stream = stream;
    this.terminal = terminal;
  }

  void info(String text) {
    line("@|blue [INFO]|@ ", text);
  }

  void success(String text) {
    line("@|green [SUCCESS]|@ ", text);
  }

  void warn(String text) {
    line("@|yellow [WARN]|@ ", text);
  }

  void error(String text) {
    line("@|red [ERROR]|@ ", text);
  }

  /** Shows a text in place until the next message; nothing where there is no terminal. */
  synchronized void status(String text) {
    if (terminal) {
      stream.print(ERASE_LINE + Printable.of(text));
      stream.flush();
      statusShown = true;
    }
  }

  /** A text of several lines, as it is. */
  synchronized void plain(String text) {
    eraseStatus();
    stream.print(text);
    stream.flush();
  }

  private synchronized void line(String label, String text) {
    eraseStatus();
    stream.println(Ansi.AUTO.string(label) + Printable.of(text));
    stream.flush();
  }

  private void eraseStatus() {
    if (statusShown) {
      stream.print(ERASE_LINE);
      statusShown = false;
    }
  }

  /** Takes away the line in place. */
  @Override
  public synchronized void close() {
    eraseStatus();
    stream.flush();
  }

  /** Says what is removed, each kind once, and everything that was not removed. */
  CleanupListener listener() {
    Set<String> said = new HashSet<>();
    return event -> {
      switch (event.kind()) {
        case REMOVING -> {
          if (said.add(event.policy())) {
            info("Removing " + PHRASES.getOrDefault(event.policy(), event.policy()) + "…");
          }
        }
        case SKIPPED, FAILED -> warn(event.toString());
        default -> {}
      }
    };
  }
}
