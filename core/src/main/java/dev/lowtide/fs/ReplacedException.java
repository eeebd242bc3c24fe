package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;

/** Thrown when another file or directory has taken a path since it was checked. */
public final class ReplacedException extends IOException {
  private static final long serialVersionUID = 1L;

  public ReplacedException(Path path) {
    super(path + " was replaced by something else");
  }
}
