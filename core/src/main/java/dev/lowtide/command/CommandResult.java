package dev.lowtide.command;

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
}
