package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What must hold before something may go: a command has succeeded, a server does not run, or nobody
 * is at work.
 */
public sealed interface Requirement
    permits Action.RunCommand, Requirement.Stopped, Requirement.Unlocked {

  /**
   * A lock file that nobody else holds when a tool begins, which takes the lock itself and would
   * otherwise wait for whoever has it. So it is tried and let go of again at once, and never waited
   * for: what is removed without the tool is {@linkplain Candidate#holding held} instead.
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
