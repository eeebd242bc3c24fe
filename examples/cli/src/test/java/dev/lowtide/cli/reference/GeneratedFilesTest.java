package dev.lowtide.cli.reference;

import dev.lowtide.cli.Main;
import dev.lowtide.cli.Session;
import picocli.CommandLine;

class GeneratedFilesTest extends GeneratedFilesContract {
  @Override
  protected CommandLine program(Session session) {
    return Main.commandLine(new String[0], session);
  }
}
