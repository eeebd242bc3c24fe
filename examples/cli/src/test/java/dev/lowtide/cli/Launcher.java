package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.TestTree;

/**
 * The command as scripts start it: a program that runs {@link Main} from the class path of the
 * tests. The real launcher would build the jar that is being built.
 */
final class Launcher {
  private Launcher() {}

  /** Writes the launcher. */
  static void write(TestTree tree, String path) {
    script(
        tree,
        path,
        "exec '"
            + ProcessHandle.current().info().command().orElseThrow()
            + "' -XX:TieredStopAtLevel=1 -cp '"
            + System.getProperty("java.class.path")
            + "' dev.lowtide.cli.Main \"$@\"");
  }

  /** Writes a program. */
  static void script(TestTree tree, String path, String script) {
    tree.file(path, "#!/bin/sh\n" + script + "\n");
    assertThat(tree.path(path).toFile().setExecutable(true)).isTrue();
  }
}
