package dev.lowtide.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The files of this repository with which tests compare the code, such as documents. */
public final class Repository {
  private Repository() {}

  /** A file by its path in the repository. Tests run in the directory of their module. */
  public static Path path(String path) {
    return Stream.iterate(Path.of("").toAbsolutePath(), Path::getParent)
        .filter(directory -> Files.isDirectory(directory.resolve("docs/adr")))
        .findFirst()
        .orElseThrow()
        .resolve(path);
  }
}
