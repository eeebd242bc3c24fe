package dev.lowtide.examples.wheels;

import dev.lowtide.command.Command;
import dev.lowtide.command.CommandResult;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.examples.UsageException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The source of the wheels. It is only read. */
sealed interface Source {

  /** The source for people. */
  String describe();

  /** Its directory, if it is on this machine. */
  Optional<Path> directory();

  /**
   * Checks that refs exist, and fetches a remote source into the run's directory.
   *
   * @throws UsageException if a ref does not exist
   */
  void prepare(Path runDirectory, List<String> refs) throws IOException;

  /** Writes the state of a ref into a new directory. */
  void checkOut(Optional<String> ref, Path into) throws IOException;

  /**
   * Parses the value of {@code --source}.
   *
   * @param outputs directories that do not belong to the source, even if they are in it
   */
  static Source of(
      String argument, Path workingDirectory, CommandRunner commands, Set<Path> outputs) {
    if (Git.URL.matcher(argument).lookingAt()) {
      return new Git(argument, Optional.empty(), commands);
    }
    Path path;
    try {
      path = workingDirectory.resolve(argument).toRealPath();
    } catch (IOException e) {
      throw new UsageException(
          "The source "
              + workingDirectory.resolve(argument)
              + " does not exist; name a directory or a Git URL");
    }
    if (!Files.isDirectory(path)) {
      throw new UsageException("The source " + path + " is not a directory");
    }
    boolean repository =
        Files.exists(path.resolve(".git"))
            || (Files.exists(path.resolve("HEAD")) && Files.isDirectory(path.resolve("objects")));
    return repository
        ? new Git(path.toString(), Optional.of(path), commands)
        : new Plain(path, outputs);
  }

  /** The bundled sample project, which is in the repository to which this program belongs. */
  static Optional<Path> bundledSample() {
    CodeSource code = Source.class.getProtectionDomain().getCodeSource();
    if (code == null) {
      return Optional.empty();
    }
    try {
      // examples/target/lowtide.jar or examples/target/classes
      Path target = Path.of(code.getLocation().toURI()).getParent();
      return Optional.ofNullable(target)
          .map(directory -> directory.resolveSibling("sample"))
          .filter(sample -> Files.isRegularFile(sample.resolve("pyproject.toml")));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /**
   * A Git repository. Wheels are built from worktrees of a bare clone in the run's directory, which
   * borrows the objects of a local repository; the user's repository is never written to.
   */
  final class Git implements Source {
    /** A URL, or user@host:path. */
    static final Pattern URL = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://|[\\w.-]+@[\\w.-]+:");

    private static final Duration TIME_TO_CLONE = Duration.ofHours(1);

    private final String location;
    private final Optional<Path> directory;
    private final CommandRunner commands;
    private Path clone = Path.of("");

    Git(String location, Optional<Path> directory, CommandRunner commands) {
      this.location = location;
      this.directory = directory;
      this.commands = commands;
    }

    @Override
    public String describe() {
      return "Git repository " + location;
    }

    @Override
    public Optional<Path> directory() {
      return directory;
    }

    @Override
    public void prepare(Path runDirectory, List<String> refs) throws IOException {
      clone = runDirectory.resolve("source.git");
      List<String> how =
          directory.isPresent() ? List.of("--shared") : List.of("--filter=blob:none");
      List<String> arguments = new ArrayList<>(List.of("clone", "--quiet", "--bare"));
      arguments.add("--template=");
      arguments.addAll(how);
      arguments.addAll(List.of("--", location, clone.toString()));
      git(arguments);
      for (String ref : refs) {
        resolve(ref);
      }
    }

    /**
     * Resolves a ref. A local repository is asked first, because it has names that a clone lacks,
     * such as origin/main.
     */
    private String resolve(String ref) throws IOException {
      List<List<String>> places = new ArrayList<>();
      directory.ifPresent(path -> places.add(List.of("-C", path.toString())));
      places.add(List.of("--git-dir", clone.toString()));
      for (List<String> place : places) {
        List<String> question = new ArrayList<>(place);
        question.addAll(
            List.of("rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}"));
        CommandResult result = run(question);
        if (result.succeeded()) {
          return result.output().strip();
        }
      }
      throw new UsageException(
          "There is no '" + ref + "' in " + location + "; name a tag, a branch or a commit");
    }

    @Override
    public void checkOut(Optional<String> ref, Path into) throws IOException {
      // Forgets worktrees that were removed as directories
      git(List.of("--git-dir", clone.toString(), "worktree", "prune"));
      git(
          List.of(
              "--git-dir",
              clone.toString(),
              "worktree",
              "add",
              "--quiet",
              "--detach",
              into.toString(),
              resolve(ref.orElse("HEAD"))));
    }

    private void git(List<String> arguments) throws IOException {
      CommandResult result = run(arguments);
      if (!result.succeeded()) {
        throw new IOException(
            "git "
                + String.join(" ", arguments)
                + (result.timedOut() ? " took too long: " : " failed: ")
                + result.output().strip().replace('\n', ' '));
      }
    }

    /** Runs Git without the programs that a repository's configuration may name. */
    private CommandResult run(List<String> arguments) throws IOException {
      List<String> argv = new ArrayList<>(List.of("git", "--no-optional-locks"));
      for (String setting :
          List.of("core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0")) {
        argv.addAll(List.of("-c", setting));
      }
      argv.addAll(arguments);
      return commands.run(
          Command.of(argv)
              .in(Path.of("").toAbsolutePath())
              .with(Map.of("GIT_TERMINAL_PROMPT", "0"))
              .within(TIME_TO_CLONE));
    }
  }

  /** A directory that is not a repository. It is copied without the usual output of builds. */
  record Plain(Path path, Set<Path> outputs) implements Source {
    private static final Set<String> NEVER = Set.of(".git", "__pycache__");
    private static final Set<String> NOT_AT_TOP = Set.of("build", "dist", ".venv", "venv");

    @Override
    public String describe() {
      return "directory " + path;
    }

    @Override
    public Optional<Path> directory() {
      return Optional.of(path);
    }

    @Override
    public void prepare(Path runDirectory, List<String> refs) {
      if (!refs.isEmpty()) {
        throw new UsageException(
            "--vllm-versions names Git refs, and " + path + " is not a Git repository");
      }
    }

    @Override
    public void checkOut(Optional<String> ref, Path into) throws IOException {
      Files.walkFileTree(
          path,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                throws IOException {
              if (isLeftOver(directory)) {
                return FileVisitResult.SKIP_SUBTREE;
              }
              Files.createDirectory(into.resolve(path.relativize(directory)));
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              if (!attributes.isOther()) {
                Files.copy(
                    file,
                    into.resolve(path.relativize(file)),
                    StandardCopyOption.COPY_ATTRIBUTES,
                    LinkOption.NOFOLLOW_LINKS);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    }

    private boolean isLeftOver(Path directory) {
      Path name = directory.getFileName();
      if (directory.equals(path) || name == null) {
        return false;
      }
      return outputs.contains(directory)
          || NEVER.contains(name.toString())
          || name.toString().endsWith(".egg-info")
          || (path.equals(directory.getParent()) && NOT_AT_TOP.contains(name.toString()));
    }
  }
}
