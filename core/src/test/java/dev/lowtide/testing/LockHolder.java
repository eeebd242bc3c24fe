package dev.lowtide.testing;

import dev.lowtide.testing.ChildProcess.Running;
import java.nio.file.Path;

/** How another process holds a lock on a file. */
public enum LockHolder {
  /** As cargo does while it builds, and {@code uv cache prune}. */
  FLOCK("import fcntl; f = open(a[0]); fcntl.flock(f, fcntl.LOCK_EX)"),
  /** As uv does all its life. */
  SHARED_FLOCK("import fcntl; f = open(a[0]); fcntl.flock(f, fcntl.LOCK_SH)"),
  /** As SQLite does. */
  POSIX("import fcntl; f = open(a[0], 'r+'); fcntl.lockf(f, fcntl.LOCK_EX)"),
  /** By {@code F_OFD_SETLK}, which is 37: the lock belongs to the open file. */
  OPEN_FILE(
      "import fcntl, struct; f = open(a[0], 'r+');"
          + " fcntl.fcntl(f, 37, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))");

  private final String script;

  LockHolder(String script) {
    this.script = script;
  }

  /** Starts a process that holds the lock. */
  public Running hold(Path file) {
    return ChildProcess.python(script, file);
  }
}
