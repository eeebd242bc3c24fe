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
 * A file that the user asked for, such as a plan or a report. Its readers see the former content or
 * the new one, never half.
 *
 * <p>Only a regular file is replaced. A named pipe is refused, since opening it would wait for its
 * reader. A link is refused, since another user may have made it and lead it to a file of root's.
 */
public final class OutputFile {
  /** Streams of this process, which are written to as they are. */
  private static final Pattern STREAM =
      Pattern.compile("/dev/(stdout|stderr|null|fd/[0-9]+)|/proc/self/fd/[0-9]+");

  private OutputFile() {}

  /** What a file is to contain. */
  public interface Content {
    /** Writes all of it. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Finds out before any work whether a file can be written afterwards.
   *
   * @throws FileSystemException if something else than a regular file has its name
   */
  public static void requireWritable(Path file) throws IOException {
    if (isStream(file)) {
      return;
    }
    try {
      Stat there = Stat.of(file.toAbsolutePath());
      if (there.kind() != FileKind.REGULAR) {
        throw new FileSystemException(
            file.toAbsolutePath().toString(),
            null,
            "it is " + there.what() + ", not a regular file; name another file, or remove it");
      }
    } catch (NoSuchFileException e) {
      // It will be made
    }
  }

  /**
   * Writes a file, by renaming a temporary file of the same directory.
   *
   * @throws IOException by the file's full path, which then is what it was
   */
  public static void write(Path file, Content content) throws IOException {
    requireWritable(file);
    if (isStream(file)) {
      // A pipe without a reader is waited for
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
    // Not Files.createTempFile: no other user could read what that makes
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
