package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.lowtide.FileIdentity;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What must hold before something may go: a command has succeeded, a server does not run, nobody is
 * at work, or another file is there.
 */
public sealed interface Requirement
    permits Action.RunCommand,
        Requirement.Stopped,
        Requirement.Unlocked,
        Requirement.Same,
        Requirement.There {

  /**
   * Another file has the same content. Checked when planning and again right before removal.
   *
   * @param mine a regular file in what may go, or that itself; absolute
   * @param other the other file, which does not lie in what may go and is named without symbolic
   *     links; absolute
   * @param stays whether the other file must stay, because it then is the only one with that
   *     content. If not, it only proves where the first comes from, and may be removed after it.
   */
  record Same(Path mine, Path other, boolean stays) implements Requirement {
    /** The other file must stay. */
    public Same(Path mine, Path other) {
      this(mine, other, true);
    }
  }

  /**
   * Something else is there and stays. Checked when planning and again right before removal.
   *
   * @param path of the other thing, named without symbolic links; absolute
   * @param identity what must be found there; a file must also be unchanged, while a directory may
   *     have got other entries
   */
  record There(Path path, FileIdentity identity) implements Requirement {}

  /**
   * A lock file that no other process holds when a tool begins, which takes the lock itself and
   * would otherwise wait for its holder. So it is tried and let go of again at once, and never
   * waited for: what is removed without the tool is {@linkplain Candidate#holding held} instead.
   *
   * @param file on which programs take advisory locks; absolute
   */
  record Unlocked(Path file) implements Requirement {}

  /**
   * A server of this user that must not run meanwhile. Where it runs, it is stopped, and once the
   * whole plan is carried out it is started again in the environment that it had, and with nothing
   * else of it changed. Where it does not run, nothing is stopped and nothing started.
   *
   * <p>The environment is read from the running server when the plan is carried out and never
   * stands in a plan: it may hold passwords.
   *
   * @param stop the command that ends the server; its executable is the server's too
   * @param start the command that starts it
   * @param ownVariables variables that the start sets for the server and for nothing else: they
   *     tell it from other processes of the same executable, and are not given to the start
   * @param address variables by which servers of different values do not know of each other, such
   *     as a port
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
            "A server needs a command that stops it, one that starts it, and a variable that tells"
                + " it from its clients");
      }
    }

    /** The name of the program that is the server. */
    public String executable() {
      return stop.get(0);
    }
  }
}
