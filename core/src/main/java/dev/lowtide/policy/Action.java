package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** What is to be done with a candidate. */
public sealed interface Action permits Action.DeleteTree, Action.RunCommand {

  /** The only path that the action may change, absolute. */
  Path path();

  /** Removes a file, a link or a directory with everything in it. */
  record DeleteTree(Path path) implements Action {}

  /**
   * Runs a tool that cleans up its own files.
   *
   * @param path the directory that the tool will change
   * @param argv the executable's name and its arguments; never passed to a shell
   * @param estimatedBytes the space that will be freed according to the tool, if only the tool can
   *     measure it; never added to measured sizes
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
