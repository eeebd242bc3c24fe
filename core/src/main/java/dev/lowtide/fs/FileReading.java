package dev.lowtide.fs;

import dev.lowtide.HostEnvironment;
import java.io.IOException;
import java.nio.file.Path;

/** Reads the settings of tools; {@link java.util.ServiceLoader} creates it. */
public final class FileReading implements HostEnvironment.Reading {
  @Override
  public String text(Path file, int limit) throws IOException {
    return ForeignFile.at(file).followingLinks().text(limit);
  }
}
