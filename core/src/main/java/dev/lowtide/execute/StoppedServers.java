package dev.lowtide.execute;

import static java.util.Objects.requireNonNull;

import dev.lowtide.HostEnvironment;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.fs.RunningProcess;
import dev.lowtide.policy.Requirement.Stopped;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The servers that were stopped while a plan is carried out, each once, to be started again as they
 * were when it is done. For one thread.
 */
final class StoppedServers {
  private final CommandRunner commands;
  private final HostEnvironment host;

  /** What to start again in; empty for a server that did not run. */
  private final Map<Stopped, Optional<Map<String, String>>> stopped = new LinkedHashMap<>();

  StoppedServers(CommandRunner commands, HostEnvironment host) {
    this.commands = commands;
    this.host = host;
  }

  /** Whether a server was stopped, or did not run, so that it is not asked about again. */
  boolean isStopped(Stopped server) {
    return stopped.containsKey(server);
  }

  /** Sees to it that a server does not run; says why it may. */
  Optional<String> stop(Stopped server) throws IOException {
    if (stopped.containsKey(server)) {
      return Optional.empty();
    }
    List<Map<String, String>> running = new ArrayList<>();
    for (RunningProcess process : RunningProcess.named(server.executable())) {
      if (process.environment().isEmpty()) {
        return Optional.of(
            "process "
                + process.pid()
                + " runs "
                + server.executable()
                + ", and its environment cannot be read, so it could not be started again; stop it"
                + " yourself first");
      }
      Map<String, String> environment = process.environment().get();
      if (isOurs(server, environment)) {
        running.add(environment);
      }
    }
    if (running.isEmpty()) {
      stopped.put(server, Optional.empty());
      return Optional.empty();
    } else if (running.size() > 1) {
      return Optional.of(
          running.size() + " servers of " + server.executable() + " run; stop them first");
    }
    try {
      Optional<String> failure = commands.run(Command.of(server.stop())).failure(server.stop());
      if (failure.isEmpty() || !isRunning(server)) {
        stopped.put(server, Optional.of(running.get(0)));
      }
      return failure;
    } catch (InterruptedIOException e) {
      stopped.put(server, Optional.of(running.get(0))); // it may have heard it all the same
      throw e;
    } catch (IOException e) {
      if (!isRunning(server)) {
        stopped.put(server, Optional.of(running.get(0)));
      }
      throw e;
    }
  }

  /** Whether one of it runs that can be seen. */
  private boolean isRunning(Stopped server) {
    return RunningProcess.named(server.executable()).stream()
        .flatMap(process -> process.environment().stream())
        .anyMatch(environment -> isOurs(server, environment));
  }

  private boolean isOurs(Stopped server, Map<String, String> environment) {
    return server.ownVariables().stream().anyMatch(environment::containsKey)
        && server.address().stream()
            .allMatch(
                variable ->
                    Objects.equals(
                        environment.get(variable), host.variable(variable).orElse(null)));
  }

  /** Starts again what ran, also for a thread that is interrupted; says, by server, why not. */
  Map<Stopped, String> startAgain() {
    boolean interrupted = Thread.interrupted();
    try {
      return startEach();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Map<Stopped, String> startEach() {
    Map<Stopped, String> failures = new LinkedHashMap<>();
    for (Stopped server : stopped.keySet()) {
      Optional<Map<String, String>> before = requireNonNull(stopped.get(server));
      if (before.isPresent()) {
        Map<String, String> environment = new LinkedHashMap<>(before.get());
        environment.keySet().removeAll(server.ownVariables());
        start(server, environment).ifPresent(why -> failures.put(server, why));
      }
    }
    stopped.clear();
    return failures;
  }

  private Optional<String> start(Stopped server, Map<String, String> environment) {
    try {
      return commands
          .run(Command.of(server.start()).withNothingBut(environment))
          .failure(server.start());
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
