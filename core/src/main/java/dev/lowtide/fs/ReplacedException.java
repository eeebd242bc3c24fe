package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;

/** Thrown when a path leads to something else than what was seen there before. */
public final class ReplacedException extends IOException {
  private static final long serialVersionUID = 1L;

  public ReplacedException(Path path) {
    super(path + " was replaced by something else");
  }
}
