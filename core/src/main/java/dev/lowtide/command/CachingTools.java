package dev.lowtide.command;

import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tools to query them, and caches their output. */
final class CachingTools implements Tools {
  private static final Logger LOG = LoggerFactory.getLogger(CachingTools.class);

  /** The time limit of a query; tools answer within a second unless they wait for something. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HostEnvironment host;
  private final Set<String> allowed;
  private final Map<Query, Optional<String>> answers;

  /** Everything on which the output may depend. */
  private record Query(
      Map<String, String> variables, Set<Path> distrusted, Path directory, List<String> argv) {}

  CachingTools(HostEnvironment host, Set<String> allowed) {
    this(host, allowed, new ConcurrentHashMap<>());
  }

  private CachingTools(
      HostEnvironment host, Set<String> allowed, Map<Query, Optional<String>> answers) {
    this.host = host;
    this.allowed = allowed;
    this.answers = answers;
  }

  @Override
  public Tools on(HostEnvironment otherHost) {
    return new CachingTools(otherHost, allowed, answers);
  }

  @Override
  public Optional<String> ask(Path directory, List<String> argv) {
    return answers.computeIfAbsent(
        new Query(host.variables(), host.distrusted(), directory, List.copyOf(argv)), this::ask);
  }

  private Optional<String> ask(Query query) {
    Command command = Command.of(query.argv()).in(query.directory()).within(TIMEOUT);
    try {
      return new ProcessRunner(host, allowed).output(command);
    } catch (IOException e) {
      LOG.debug("No answer from {}: {}", query.argv(), e.toString());
      return Optional.empty();
    }
  }
}
