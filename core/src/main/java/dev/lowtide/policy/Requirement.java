package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.lowtide.FileIdentity;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A condition that must hold before something is removed: a command has succeeded, a server is not
 * running, a lock is free, or another file exists.
 */
public sealed interface Requirement
    permits Action.RunCommand,
        Requirement.Stopped,
        Requirement.Unlocked,
        Requirement.SameContent,
        Requirement.Exists {

  /**
   * Another file has the same content. Checked when planning and again right before removal.
   *
   * @param mine a regular file in the candidate, or the candidate itself; absolute
   * @param other the other file, which is not in the candidate and whose path has no symbolic
   *     links; absolute
   * @param stays whether the other file must be kept, because it is then the only one with that
   *     content. If false, it only proves where the first file comes from, and may be removed after
   *     it.
   */
  record SameContent(Path mine, Path other, boolean stays) implements Requirement {
    /** Requires another file with the same content that is kept. */
    public SameContent(Path mine, Path other) {
      this(mine, other, true);
    }
  }

  /**
   * Another file or directory exists and is kept. Checked when planning and again right before
   * removal.
   *
   * @param path its path, without symbolic links; absolute
   * @param identity the identity that it must have; a file must also be unchanged, while the
   *     entries of a directory may have changed
   */
  record Exists(Path path, FileIdentity identity) implements Requirement {}

  /**
   * No other process holds a lock file when a tool starts. The tool takes the lock itself, and
   * would otherwise wait for the holder. So Lowtide takes the lock without waiting and releases it
   * at once. For removals without a tool, Lowtide {@linkplain Candidate#holding holds} the lock
   * instead.
   *
   * @param file the file on which programs take advisory locks; absolute
   */
  record Unlocked(Path file) implements Requirement {}

  /**
   * A server of this user is not running. If it runs, it is stopped, and after the whole plan has
   * been carried out it is started again with the environment that it had; its other properties are
   * unchanged. If it does not run, nothing is stopped or started.
   *
   * <p>The environment is read from the running server when the plan is carried out. It is never
   * stored in a plan, since it may contain passwords.
   *
   * @param stop the command that stops the server; the server has the same executable
   * @param start the command that starts it
   * @param ownVariables variables that the start command sets only for the server: they distinguish
   *     it from other processes of the same executable, and are not passed to the start command
   * @param address variables, such as a port, that address a server: servers with different values
   *     are independent of each other
   */
  record Stopped(
      List<String> stop, List<String> start, Set<String> ownVariables, Set<String> address)
      implements Requirement {
    public Stopped {
      stop = ImmutableList.copyOf(stop);
      start = ImmutableList.copyOf(start);
      ownVariables = ImmutableSet.copyOf(ownVariables);
      address = ImmutableSet.copyOf(address);
      if (stop.isEmpty() || start.isEmpty() || ownVariables.isEmpty()) {
        throw new IllegalArgumentException(
            "A server needs a command that stops it, one that starts it, and a variable that"
                + " distinguishes it from its clients");
      }
    }

    /** The name of the server's executable. */
    public String executable() {
      return stop.get(0);
    }
  }
}
