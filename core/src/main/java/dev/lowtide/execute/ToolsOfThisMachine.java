package dev.lowtide.execute;

import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools;
import dev.lowtide.Tools.RunningProgram;
import dev.lowtide.fs.RunningProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Asks the programs of this machine, and finds out which of them are running. */
record ToolsOfThisMachine(Supplier<Tools> tools) implements Tools {
  @Override
  public Optional<String> ask(Path directory, List<String> argv) {
    return tools.get().ask(directory, argv);
  }

  @Override
  public boolean isRunning(String executable) {
    return RunningProcess.isRunning(executable);
  }

  @Override
  public List<RunningProgram> running() {
    return RunningProcess.programs();
  }

  @Override
  public Tools on(HostEnvironment host) {
    return new ToolsOfThisMachine(() -> tools.get().on(host));
  }
}
