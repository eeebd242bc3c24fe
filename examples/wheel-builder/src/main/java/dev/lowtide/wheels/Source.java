package dev.lowtide.wheels;

import com.google.common.base.Splitter;
import dev.lowtide.cli.UsageException;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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

  /** Writes the state of a ref into a new directory, after {@link #prepare}. */
  void checkOut(Optional<String> ref, Path runDirectory, Path into) throws IOException;

  /**
   * Finds the source.
   *
   * @param argument the value of {@code --source}; the bundled sample without one
   * @param outputs directories that do not belong to the source, even if they are in it
   */
  static Source of(
      @Nullable String argument, Path workingDirectory, CommandRunner commands, Set<Path> outputs) {
    if (argument == null) {
      return bundledSample()
          .map(sample -> new Plain(sample, outputs))
          .orElseThrow(
              () ->
                  new UsageException("The bundled sample is missing; name a source with --source"));
    }
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
    // wheel-builder/target/build-wheels.jar or wheel-builder/target/classes
    return Optional.ofNullable(Source.class.getProtectionDomain().getCodeSource())
        .flatMap(
            code ->
                Optional.ofNullable(Path.of(URI.create(code.getLocation().toString())).getParent()))
        .map(target -> target.resolveSibling("sample"))
        .filter(sample -> Files.isRegularFile(sample.resolve("pyproject.toml")));
  }

  /**
   * A Git repository. Wheels are built from worktrees of a bare clone in the run's directory, which
   * borrows the objects of a local repository; the user's repository is never written to.
   */
  record Git(String location, Optional<Path> directory, CommandRunner commands) implements Source {
    /** A URL, or user@host:path. */
    static final Pattern URL = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://|[\\w.-]+@[\\w.-]+:");

    /** Git that runs no program which a configuration names, and writes nothing beside. */
    private static final List<String> UNAFFECTED =
        Splitter.on(' ')
            .splitToList(
                "git --no-optional-locks -c core.hooksPath=/dev/null -c core.fsmonitor=false"
                    + " -c gc.auto=0");

    private static final Duration TIME_TO_CLONE = Duration.ofHours(1);

    @Override
    public String describe() {
      return "Git repository " + location;
    }

    @Override
    public void prepare(Path runDirectory, List<String> refs) throws IOException {
      Path clone = clone(runDirectory);
      String how = directory.isPresent() ? "--shared" : "--filter=blob:none";
      git("clone", "--quiet", "--bare", "--template=", how, "--", location, clone.toString());
      for (String ref : refs) {
        resolve(ref, clone);
      }
    }

    private static Path clone(Path runDirectory) {
      return runDirectory.resolve("source.git");
    }

    /**
     * Resolves a ref. A local repository is asked first, because it has names that a clone lacks,
     * such as origin/main.
     */
    private String resolve(String ref, Path clone) throws IOException {
      List<List<String>> places = new ArrayList<>(List.of(List.of("--git-dir", clone.toString())));
      directory.ifPresent(path -> places.add(0, List.of("-C", path.toString())));
      for (List<String> place : places) {
        List<String> question = new ArrayList<>(place);
        question.addAll(List.of("rev-parse", "--verify", "--quiet", "--end-of-options"));
        question.add(ref + "^{commit}");
        Command.Result result = run(question);
        if (result.succeeded()) {
          return result.output().strip();
        }
      }
      throw new UsageException(
          "There is no '" + ref + "' in " + location + "; name a tag, a branch or a commit");
    }

    @Override
    public void checkOut(Optional<String> ref, Path runDirectory, Path into) throws IOException {
      Path clone = clone(runDirectory);
      String commit = resolve(ref.orElse("HEAD"), clone);
      String own = "--git-dir=" + clone;
      git(own, "worktree", "prune"); // forgets worktrees that were removed as directories
      git(own, "worktree", "add", "--quiet", "--detach", into.toString(), commit);
    }

    private void git(String... arguments) throws IOException {
      Command.Result result = run(List.of(arguments));
      if (!result.succeeded()) {
        throw new IOException(
            "git "
                + String.join(" ", arguments)
                + (result.timedOut() ? " took too long: " : " failed: ")
                + result.output().strip().replace('\n', ' '));
      }
    }

    /** Runs Git without the programs that a repository's configuration may name. */
    private Command.Result run(List<String> arguments) throws IOException {
      List<String> argv = new ArrayList<>(UNAFFECTED);
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
    public void checkOut(Optional<String> ref, Path runDirectory, Path into) throws IOException {
      copy(path, into);
    }

    private void copy(Path from, Path to) throws IOException {
      Files.createDirectory(to);
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(from)) {
        for (Path entry : entries) {
          Path copy = to.resolve(from.relativize(entry));
          BasicFileAttributes attributes =
              Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
          if (attributes.isDirectory() && !isLeftOver(entry)) {
            copy(entry, copy);
          } else if (attributes.isRegularFile() || attributes.isSymbolicLink()) {
            Files.copy(entry, copy, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
          }
        }
      }
    }

    private boolean isLeftOver(Path directory) {
      String name = String.valueOf(directory.getFileName());
      return outputs.contains(directory)
          || NEVER.contains(name)
          || name.endsWith(".egg-info")
          || (path.equals(directory.getParent()) && NOT_AT_TOP.contains(name));
    }
  }
}
