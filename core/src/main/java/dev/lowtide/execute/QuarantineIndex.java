package dev.lowtide.execute;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.fs.PrivateFile;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeRemover;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * An index of this user's quarantines that hold kept trees. It has one small file for each
 * quarantine, so that no two processes write the same file. It only helps to find quarantines; its
 * paths are checked like untrusted input.
 */
final class QuarantineIndex {
  /**
   * A path has at most 4096 bytes, PATH_MAX of Linux, each of which a URI may write as three
   * characters.
   */
  private static final int MAX_URI_BYTES = 16 * 1024;

  private final Path directory;

  QuarantineIndex(HostEnvironment host) {
    directory = host.stateHome().resolve("lowtide").resolve("quarantines");
  }

  void add(Path quarantine) throws IOException {
    Path file = fileOf(quarantine);
    if (!readPath(file).equals(Optional.of(quarantine))) {
      PrivateFile.replace(file, Printable.uri(quarantine).getBytes(UTF_8));
    }
  }

  void remove(Path quarantine) throws IOException {
    Path file = fileOf(quarantine);
    if (Files.isRegularFile(
        file, LinkOption.NOFOLLOW_LINKS)) { // otherwise the file is not Lowtide's
      new TreeRemover(true).remove(file, Stat.of(file).identity());
    }
  }

  private Path fileOf(Path quarantine) {
    return directory.resolve(
        Hashing.sha256().hashString(Printable.uri(quarantine), UTF_8) + ".uri");
  }

  /** All quarantines in the index, sorted; some may no longer exist. */
  Set<Path> quarantines() throws IOException {
    Set<Path> quarantines = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.uri")) {
      for (Path file : files) {
        readPath(file).ifPresent(quarantines::add);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (NoSuchFileException e) {
      // nothing was ever kept
    }
    return quarantines;
  }

  /**
   * The path in one file; empty if the file no longer exists, is truncated, or is not of this
   * machine.
   */
  private static Optional<Path> readPath(Path file) {
    try {
      String uri = ForeignFile.at(file).ofTrustedOwner().text(MAX_URI_BYTES);
      return Optional.of(Path.of(URI.create(uri)));
    } catch (IOException | IllegalArgumentException | FileSystemNotFoundException e) {
      return Optional.empty();
    }
  }
}
