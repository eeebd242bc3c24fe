package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** What is to be done with a candidate. */
public sealed interface Action permits Action.DeleteTree, Action.RunCommand {

  /** The one path that it may change, absolute. */
  Path path();

  /** Removes a file, a link or a directory with everything in it. */
  record DeleteTree(Path path) implements Action {}

  /**
   * Has a tool clean up after itself.
   *
   * @param path the directory that the tool will change
   * @param argv the executable's name and its arguments; never seen by a shell
   * @param estimatedBytes what the tool says will come free, where only it can measure; never part
   *     of a sum of what was measured
   */
  record RunCommand(Path path, List<String> argv, OptionalLong estimatedBytes)
      implements Action, Requirement {
    public RunCommand(Path path, List<String> argv) {
      this(path, argv, OptionalLong.empty());
    }

    public RunCommand {
      argv = ImmutableList.copyOf(argv);
      if (argv.isEmpty()) {
        throw new IllegalArgumentException("A command needs an executable");
      }
    }
  }
}
