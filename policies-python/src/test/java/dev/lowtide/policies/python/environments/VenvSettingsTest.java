package dev.lowtide.policies.python.environments;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.fixtures.MadeEnvironment;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.Mutations;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What a {@code pyvenv.cfg} says, also if something in it is wrong. */
class VenvSettingsTest {
  private final TestTree tree = TestTree.inMemory();
  private final HostEnvironment host = Planned.host(tree);

  @Test
  void noMutationMakesReadingFail() throws IOException {
    MadeEnvironment.in(tree, "env", "version = 3.12.3", "executable = /usr/bin/python3.12");
    Path file = tree.path("env/pyvenv.cfg");

    Mutations.of(
        Files.readAllBytes(file),
        content -> {
          Files.write(file, content);
          VenvSettings.of(SizeProbe.portable().capture(tree.path("env")).root())
              .ifPresent(
                  settings -> {
                    settings.isPlain();
                    settings.basePaths(host).forEach(Path::isAbsolute);
                    settings.missingBase(host);
                  });
        });
  }
}
