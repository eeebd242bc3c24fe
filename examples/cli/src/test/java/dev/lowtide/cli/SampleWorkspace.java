package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.kib;

import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A workspace on a machine of its own with two removable directories: {@code a/out}, 40 days old,
 * and {@code b/out}, 3 days old.
 */
record SampleWorkspace(TestTree tree, HostEnvironment host) {
  static SampleWorkspace in(Path directory) throws IOException {
    Path real = directory.toRealPath();
    TestTree tree =
        TestTree.in(real)
            .directory("home")
            .directory("tmp")
            .file("work/a/out/a.o", kib(8), TestTree.daysAgo(40))
            .file("work/b/out/b.o", kib(8), TestTree.daysAgo(3));
    return new SampleWorkspace(tree, CommandLineRun.host(real));
  }

  String root() {
    return tree.path("work").toString();
  }
}
