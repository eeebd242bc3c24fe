package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The files of a quarantine besides the trees: a lock, a {@code CACHEDIR.TAG} for backup programs,
 * a {@code .gitignore}, and records that tell where the trees were, each for those of one batch.
 * All are accessed relative to the open directory.
 */
final class QuarantineFiles {
  static final String LOCK = "lock";

  /** Cache Directory Tagging Specification 0.6; gitignore(5). */
  private static final Map<String, String> MARKERS =
      Map.of(
          "CACHEDIR.TAG",
          """
          Signature: 8a477f597d28d172789f06886806bc55
          # Lowtide keeps here what it removes; 'lowtide trash list' tells more.
          """,
          ".gitignore",
          "*\n");

  private static final Pattern RECORD = Pattern.compile("[0-9a-f]{12}\\.jsonl");

  /** The size of a record, but for its last line, which may have a path of 4096 bytes. */
  static final int MAX_RECORD_BYTES = 1 << 20;

  private static final int MAX_LINE_BYTES = 64 * 1024;

  private final Path path;
  private final OpenDirectory directory;

  QuarantineFiles(Path path, OpenDirectory directory) {
    this.path = path;
    this.directory = directory;
  }

  /** Whether a name is that of the lock or of a marker. */
  static boolean isLockOrMarker(String name) {
    return name.equals(LOCK) || MARKERS.containsKey(name);
  }

  /** The id of a record by its file name; empty if it is not the name of a record. */
  static Optional<String> idOfRecord(String name) {
    return RECORD.matcher(name).matches()
        ? Optional.of(name.substring(0, name.indexOf('.')))
        : Optional.empty();
  }

  /** Writes the files that tell other programs what the directory is. */
  void writeMarkers() throws IOException {
    for (Map.Entry<String, String> marker : MARKERS.entrySet()) {
      try {
        write(name(marker.getKey()), marker.getValue().getBytes(UTF_8), false);
      } catch (FileAlreadyExistsException e) {
        // an earlier run has written it
      }
    }
  }

  void deleteMarkers() throws IOException {
    for (String marker : MARKERS.keySet()) {
      delete(marker);
    }
  }

  void writeRecord(String id, byte[] record, boolean durable) throws IOException {
    write(name(recordName(id)), record, durable);
  }

  /** A record, if it is there. */
  Optional<byte[]> readRecord(String id) throws IOException {
    Path name = name(recordName(id));
    ForeignFile.notifyObserver(path.resolve(name));
    try (FileChannel channel = open(name, directory.stat(name), StandardOpenOption.READ)) {
      return Optional.of(
          Channels.newInputStream(channel).readNBytes(MAX_RECORD_BYTES + MAX_LINE_BYTES));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (ClosedByInterruptException e) {
      throw new InterruptedIOException("Interrupted while reading in " + path);
    }
  }

  void deleteRecord(String id) throws IOException {
    delete(recordName(id));
  }

  private static String recordName(String id) {
    return id + ".jsonl";
  }

  private Path name(String name) {
    return path.getFileSystem().getPath(name);
  }

  private void write(Path name, byte[] bytes, boolean durable) throws IOException {
    try (FileChannel channel =
        directory.openFile(name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      if (durable) {
        channel.force(true);
      }
    } catch (ClosedByInterruptException e) {
      throw new InterruptedIOException("Interrupted while writing " + path.resolve(name));
    }
  }

  /** Removes a file, if it is there. */
  void delete(String file) throws IOException {
    try {
      directory.deleteFile(name(file));
    } catch (NoSuchFileException e) {
      // it does not exist
    }
  }

  /**
   * Opens a file whose status is known, with a deadline: if a named pipe has taken its place since,
   * the open would wait for its other end.
   */
  FileChannel open(Path name, FileStatus expected, OpenOption option) throws IOException {
    Path file = path.resolve(name);
    if (expected.kind() != FileKind.REGULAR) {
      throw new QuarantineRefusedException(
          Printable.of(file)
              + " is not a regular file, but Lowtide needs a file of its own there; find out who"
              + " created it, then remove it");
    }
    return Deadline.call(file, ForeignFile.TIMEOUT, () -> directory.openFile(name, option));
  }
}
