package dev.lowtide.policies.python;

import dev.lowtide.testing.TestTree;
import java.util.List;

/** Virtual environments for trees in memory, as venv and pip make them, with one small package. */
public final class MadeEnvironment {
  public static final String SITE = "/lib/python3.12/site-packages/";

  private MadeEnvironment() {}

  /** One with the package {@code x}; more lines for its {@code pyvenv.cfg} may follow. */
  public static TestTree in(TestTree tree, String path, String... settings) {
    return install(bare(tree, path, settings), path, "x", "x/__init__.py");
  }

  /** One in which nothing is installed, so that nothing has to say what is. */
  public static TestTree bare(TestTree tree, String path, String... settings) {
    return tree.file(path + "/pyvenv.cfg", "home = /usr/bin\n" + String.join("\n", settings))
        .file(path + "/bin/python");
  }

  /** Installs a package with some files, as far as they are not there already. */
  public static TestTree install(TestTree tree, String path, String name, String... files) {
    StringBuilder record = new StringBuilder();
    for (String file : files) {
      if (!tree.has(path + SITE + file)) {
        tree.file(path + SITE + file, "# of " + name + "\n");
      }
      record.append(file).append(",,\n");
    }
    for (String file : List.of("METADATA", "INSTALLER")) {
      tree.file(path + SITE + name + "-1.dist-info/" + file, file + "\n");
      record.append(name).append("-1.dist-info/").append(file).append(",,\n");
    }
    record.append(name).append("-1.dist-info/RECORD,,\n");
    return tree.file(path + SITE + name + "-1.dist-info/RECORD", record.toString());
  }
}
