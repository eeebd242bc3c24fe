package dev.lowtide.wheels;

import dev.lowtide.cli.Session;
import dev.lowtide.cli.reference.GeneratedFilesContract;
import picocli.CommandLine;

class GeneratedFilesTest extends GeneratedFilesContract {
  @Override
  protected CommandLine program(Session session) {
    return BuildWheels.commandLine(session);
  }
}
