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

/** Asks programs, and remembers their answers. */
final class Questions implements Tools {
  private static final Logger LOG = LoggerFactory.getLogger(Questions.class);

  /**
   * The tools asked here answer within a second; one that takes longer is waiting for something.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final HostEnvironment host;
  private final Set<String> allowed;
  private final Map<Question, Optional<String>> answers;

  /** Everything that an answer may depend on. */
  private record Question(
      Map<String, String> variables, Set<Path> distrusted, Path directory, List<String> argv) {}

  Questions(HostEnvironment host, Set<String> allowed) {
    this(host, allowed, new ConcurrentHashMap<>());
  }

  private Questions(
      HostEnvironment host, Set<String> allowed, Map<Question, Optional<String>> answers) {
    this.host = host;
    this.allowed = allowed;
    this.answers = answers;
  }

  @Override
  public Tools on(HostEnvironment another) {
    return new Questions(another, allowed, answers);
  }

  @Override
  public Optional<String> ask(Path directory, List<String> argv) {
    return answers.computeIfAbsent(
        new Question(host.variables(), host.distrusted(), directory, List.copyOf(argv)), this::ask);
  }

  private Optional<String> ask(Question question) {
    Command command = Command.of(question.argv()).in(question.directory()).within(PATIENCE);
    try {
      return new ProcessRunner(host, allowed).answer(command);
    } catch (IOException e) {
      LOG.debug("No answer from {}: {}", question.argv(), e.toString());
      return Optional.empty();
    }
  }
}
