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
 * The servers that are stopped while a plan is carried out, each at most once. They are started
 * again with their old environment when the plan is done. Not thread-safe.
 */
final class StoppedServers {
  private final CommandRunner commands;
  private final HostEnvironment host;

  /**
   * The environment in which each server must be restarted; empty for a server that was not
   * running.
   */
  private final Map<Stopped, Optional<Map<String, String>>> stopped = new LinkedHashMap<>();

  StoppedServers(CommandRunner commands, HostEnvironment host) {
    this.commands = commands;
    this.host = host;
  }

  /** Whether a server was stopped or was not running, so that it is not checked again. */
  boolean isStopped(Stopped server) {
    return stopped.containsKey(server);
  }

  /**
   * Stops a server if it is running; returns why it may still be running, or empty if it is not.
   */
  Optional<String> stop(Stopped server) throws IOException {
    if (stopped.containsKey(server)) {
      return Optional.empty();
    }
    List<Map<String, String>> running = new ArrayList<>();
    for (RunningProcess process : RunningProcess.withName(server.executable())) {
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
      if (isAddressed(server, environment)) {
        running.add(environment);
      }
    }
    if (running.isEmpty()) {
      stopped.put(server, Optional.empty());
      return Optional.empty();
    } else if (running.size() > 1) {
      return Optional.of(
          running.size() + " servers of " + server.executable() + " are running; stop them first");
    }
    try {
      Optional<String> failure = commands.run(Command.of(server.stop())).failure(server.stop());
      if (failure.isEmpty() || !isRunning(server)) {
        stopped.put(server, Optional.of(running.get(0)));
      }
      return failure;
    } catch (InterruptedIOException e) {
      // The server may have received the command
      stopped.put(server, Optional.of(running.get(0)));
      throw e;
    } catch (IOException e) {
      if (!isRunning(server)) {
        stopped.put(server, Optional.of(running.get(0)));
      }
      throw e;
    }
  }

  /** Whether a visible process of this server is running. */
  private boolean isRunning(Stopped server) {
    return RunningProcess.withName(server.executable()).stream()
        .flatMap(process -> process.environment().stream())
        .anyMatch(environment -> isAddressed(server, environment));
  }

  private boolean isAddressed(Stopped server, Map<String, String> environment) {
    return server.ownVariables().stream().anyMatch(environment::containsKey)
        && server.address().stream()
            .allMatch(
                variable ->
                    Objects.equals(
                        environment.get(variable), host.variable(variable).orElse(null)));
  }

  /**
   * Starts the stopped servers again, even if the thread is interrupted; returns the reason for
   * each that could not be started.
   */
  Map<Stopped, String> restartAll() {
    boolean interrupted = Thread.interrupted();
    try {
      return restartEach();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Map<Stopped, String> restartEach() {
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
