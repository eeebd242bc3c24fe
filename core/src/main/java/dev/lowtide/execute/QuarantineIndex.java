package dev.lowtide.execute;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeRemover;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where this user has quarantines in which something is kept: one small file for each, so that no
 * two processes write the same one. It is a help to find them again and nothing else; what it names
 * is judged as if somebody had typed it.
 */
final class QuarantineIndex {
  private final Path directory;

  QuarantineIndex(HostEnvironment host) {
    directory = host.stateHome().resolve("lowtide").resolve("quarantines");
  }

  void add(Path quarantine) throws IOException {
    Path file = fileOf(quarantine);
    if (Files.notExists(file)) {
      Files.createDirectories(directory);
      Files.writeString(file, Printable.uri(quarantine));
    }
  }

  void remove(Path quarantine) throws IOException {
    Path file = fileOf(quarantine);
    if (Files.exists(file)) {
      new TreeRemover(true).remove(file, Stat.of(file).identity());
    }
  }

  private Path fileOf(Path quarantine) {
    return directory.resolve(
        Hashing.sha256().hashString(Printable.uri(quarantine), UTF_8) + ".uri");
  }

  /** All that are named, in order; some may be gone. */
  Set<Path> quarantines() throws IOException {
    Set<Path> named = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.uri")) {
      for (Path file : files) {
        try {
          named.add(Path.of(URI.create(Files.readString(file))));
        } catch (IllegalArgumentException | FileSystemNotFoundException e) {
          // torn, or not of this machine
        }
      }
    } catch (NoSuchFileException e) {
      // nothing was ever kept
    }
    return named;
  }
}
