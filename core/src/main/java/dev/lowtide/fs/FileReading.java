package dev.lowtide.fs;

import dev.lowtide.HostEnvironment;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the settings of tools and the names in directories; {@link java.util.ServiceLoader} creates
 * it.
 */
public final class FileReading implements HostEnvironment.Reading {
  @Override
  public String text(Path file, int limit) throws IOException {
    return ForeignFile.at(file).followingLinks().text(limit);
  }

  @Override
  public Optional<Set<String>> names(Path directory) {
    return directory.getFileSystem().equals(FileSystems.getDefault())
        ? DirectoryNames.of(directory)
        : Optional.empty();
  }
}
