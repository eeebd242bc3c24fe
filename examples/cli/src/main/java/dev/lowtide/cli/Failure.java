package dev.lowtide.cli;

import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.plan.RefusedTargetException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * How a failed command ends.
 *
 * @param exit the exit code
 * @param message one line for people
 */
record Failure(int exit, String message) {

  static Failure of(Exception e) {
    if (e instanceof UsageException) {
      return new Failure(Program.USAGE, Printable.of(String.valueOf(e.getMessage())));
    } else if (e instanceof NotStartedException unstarted) {
      return new Failure(unstarted.exit(), Printable.of(String.valueOf(e.getMessage())));
    } else if (e instanceof RefusedTargetException) {
      return new Failure(Program.REFUSED, Printable.of(String.valueOf(e.getMessage())));
    } else if (e instanceof InterruptedIOException) {
      return new Failure(Program.FAILED, "interrupted; the remaining items are untouched");
    } else if (e instanceof FileSystemException file && file.getFile() != null) {
      return new Failure(
          Program.FAILED,
          Problem.of(Path.of(file.getFile()).toAbsolutePath(), "use", file).toString());
    } else if (e instanceof IOException) {
      return new Failure(Program.FAILED, Printable.of(String.valueOf(e.getMessage())));
    }
    return new Failure(
        Program.FAILED, "unexpected " + Printable.of(e.toString()) + "; add -v to see where");
  }
}
