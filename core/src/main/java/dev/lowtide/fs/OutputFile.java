package dev.lowtide.fs;

import dev.lowtide.FileKind;
import dev.lowtide.Problem;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Writes a file that the user requested, such as a plan or a report. Readers see either the former
 * or the new content, never a part.
 *
 * <p>Only a regular file is replaced. A named pipe is refused, since opening it would wait for its
 * reader. A link is refused, since another user may have created it to redirect the output to a
 * file of root.
 */
public final class OutputFile {
  /** Streams of this process, which are written directly. */
  private static final Pattern STREAM =
      Pattern.compile("/dev/(stdout|stderr|null|fd/[0-9]+)|/proc/self/fd/[0-9]+");

  private OutputFile() {}

  /** The content of a file. */
  public interface Content {
    /** Writes all of it. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Checks, before the work begins, that the name of a file can be written to afterwards.
   *
   * @throws FileSystemException if something other than a regular file has its name
   */
  public static void requireWritable(Path file) throws IOException {
    if (isStream(file)) {
      return;
    }
    try {
      Stat stat = Stat.of(file.toAbsolutePath());
      if (stat.kind() != FileKind.REGULAR) {
        throw new FileSystemException(
            file.toAbsolutePath().toString(),
            null,
            "it is "
                + stat.describeKind()
                + ", not a regular file; name another file, or remove it");
      }
    } catch (NoSuchFileException e) {
      // It will be created
    }
  }

  /**
   * Writes a temporary file in the same directory, and renames it to the file.
   *
   * @throws IOException if it cannot be written; the message has the full path, and the file is
   *     unchanged
   */
  public static void write(Path file, Content content) throws IOException {
    requireWritable(file);
    if (isStream(file)) {
      // Opening a pipe waits for its reader
      try (OutputStream out =
          Deadline.call(
              file,
              ForeignFile.TIMEOUT,
              () -> Files.newOutputStream(file, StandardOpenOption.APPEND))) {
        content.writeTo(out);
      }
      return;
    }
    Path absolute = file.toAbsolutePath();
    // Files.createTempFile would create a file that no other user can read
    Path partial = absolute.resolveSibling("." + UUID.randomUUID() + ".tmp");
    try {
      try (OutputStream out =
          new BufferedOutputStream(
              Files.newOutputStream(
                  partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
        content.writeTo(out);
      }
      Files.move(partial, absolute, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (partial.toString().equals(e.getFile())) {
        throw new IOException(Problem.of(absolute, "write", e).toString(), e);
      }
      throw e;
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static boolean isStream(Path file) {
    return STREAM.matcher(file.toString()).matches();
  }
}
