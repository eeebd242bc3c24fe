package dev.lowtide.command;

import java.util.List;
import java.util.Optional;

/**
 * How a command ended.
 *
 * @param exit its exit code; 128 and more if a signal ended it
 * @param output the last part of what it printed on both streams, 64 KiB at the most
 * @param timedOut whether it was ended because its time was up
 */
public record CommandResult(int exit, String output, boolean timedOut) {
  public boolean succeeded() {
    return exit == 0 && !timedOut;
  }

  /** The last line that it printed; empty if it printed none. */
  public String lastLine() {
    String text = output.strip();
    return text.substring(text.lastIndexOf('\n') + 1);
  }

  /**
   * Why it did not succeed, as a sentence; empty if it did.
   *
   * @param argv the command, to be named in it
   */
  public Optional<String> failure(List<String> argv) {
    if (succeeded()) {
      return Optional.empty();
    }
    String how = timedOut ? "took too long" : "ended with exit code " + exit;
    return Optional.of(
        "'"
            + String.join(" ", argv)
            + "' "
            + how
            + (lastLine().isEmpty() ? "" : ": " + lastLine()));
  }
}
