package dev.lowtide.wheels;

import com.google.common.base.Splitter;
import dev.lowtide.cli.UsageException;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
   * @param manner how a Git repository is checked out
   * @param outputs directories that do not belong to the source, even if they are in it
   */
  static Source of(
      @Nullable String argument, Path workingDirectory, Git.Manner manner, Set<Path> outputs) {
    if (argument == null) {
      return bundledSample()
          .map(sample -> new Plain(sample, outputs))
          .orElseThrow(
              () ->
                  new UsageException("The bundled sample is missing; name a source with --source"));
    }
    if (Git.URL.matcher(argument).lookingAt()) {
      return new Git(argument, Optional.empty(), manner);
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
        ? new Git(path.toString(), Optional.of(path), manner)
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
   *
   * @param directory the repository, if it is on this machine
   */
  record Git(String location, Optional<Path> directory, Manner manner) implements Source {
    /**
     * How a repository is checked out.
     *
     * @param submodules whether with its submodules
     * @param warning is told what is not built
     */
    record Manner(CommandRunner commands, boolean submodules, Consumer<String> warning) {}

    /** The file with which Git LFS replaces one that it stores elsewhere (version 1). */
    private static final Pattern LFS_POINTER =
        Pattern.compile(
            "version https://git-lfs\\.github\\.com/spec/v1\n.*oid sha256:([0-9a-f]{64})\nsize .*",
            Pattern.DOTALL);

    private static final Pattern VERSION = Pattern.compile("v?[0-9].*");

    private static final int MAX_LFS_POINTER = 1024;

    private static final int MAX_NAMED = 3;

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
      if (directory.isPresent()) {
        warnOfUncommittedWork(directory.get());
      }
    }

    /** Says what a build from a commit leaves out, in a repository with a working copy. */
    private void warnOfUncommittedWork(Path repository) throws IOException {
      Command.Result status = run(List.of("-C", repository.toString(), "status", "--porcelain"));
      List<String> changes = status.output().lines().toList();
      if (status.succeeded() && !changes.isEmpty()) {
        manner
            .warning()
            .accept(
                "Only what is committed is built, without "
                    + String.join(
                        ", ",
                        changes.stream().limit(MAX_NAMED).map(each -> each.substring(3)).toList())
                    + (changes.size() > MAX_NAMED
                        ? " and " + (changes.size() - MAX_NAMED) + " more"
                        : ""));
      }
    }

    private static Path clone(Path runDirectory) {
      return runDirectory.resolve("source.git");
    }

    /**
     * Resolves a ref, and a version also by a tag with or without {@code v}. A local repository is
     * asked first, because it has names that a clone lacks, such as origin/main.
     */
    private String resolve(String ref, Path clone) throws IOException {
      List<List<String>> places = new ArrayList<>(List.of(List.of("--git-dir", clone.toString())));
      directory.ifPresent(path -> places.add(0, List.of("-C", path.toString())));
      List<String> spellings = new ArrayList<>(List.of(ref));
      if (VERSION.matcher(ref).matches()) {
        spellings.add(ref.startsWith("v") ? ref.substring(1) : "v" + ref);
      }
      for (String spelling : spellings) {
        for (List<String> place : places) {
          List<String> question = new ArrayList<>(place);
          question.addAll(List.of("rev-parse", "--verify", "--quiet", "--end-of-options"));
          question.add(spelling + "^{commit}");
          Command.Result result = run(question);
          if (result.succeeded()) {
            return result.output().strip();
          }
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
      if (directory.isPresent()) {
        fillIn(into, gitDirectory(directory.get()).resolve("lfs").resolve("objects"));
      }
      checkOutSubmodules(into);
    }

    private Path gitDirectory(Path repository) throws IOException {
      Command.Result found =
          run(List.of("-C", repository.toString(), "rev-parse", "--git-common-dir"));
      return repository.resolve(found.output().strip());
    }

    /**
     * Copies the content of files from the user's store of Git LFS. Git LFS itself would link it,
     * which changes the files in the store.
     */
    private void fillIn(Path checkout, Path store) throws IOException {
      int missing = 0;
      for (Path file : files(checkout)) {
        if (Files.size(file) <= MAX_LFS_POINTER) {
          Matcher pointer =
              LFS_POINTER.matcher(
                  new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
          if (pointer.matches()) {
            String id = pointer.group(1);
            Path object = store.resolve(id.substring(0, 2)).resolve(id.substring(2, 4)).resolve(id);
            if (Files.isRegularFile(object)) {
              try (OutputStream out = Files.newOutputStream(file)) { // keeps its permissions
                Files.copy(object, out);
              }
            } else {
              missing++;
            }
          }
        }
      }
      if (missing > 0) {
        manner
            .warning()
            .accept(
                missing
                    + " files of Git LFS are built without their content; run 'git lfs pull' in "
                    + location);
      }
    }

    private void checkOutSubmodules(Path checkout) throws IOException {
      Command.Result listed =
          run(
              List.of(
                  "config",
                  "--file",
                  checkout.resolve(".gitmodules").toString(),
                  "--get-regexp",
                  "^submodule\\..*\\.path$"));
      List<String> keys = listed.succeeded() ? listed.output().lines().toList() : List.of();
      if (keys.isEmpty()) {
        return;
      }
      if (!manner.submodules()) {
        manner
            .warning()
            .accept(
                "These submodules are empty in the build, add --submodules to check them out: "
                    + keys.stream()
                        .map(line -> line.substring(line.indexOf(' ') + 1))
                        .collect(Collectors.joining(", ")));
        return;
      }
      List<String> update = new ArrayList<>(List.of("-C", checkout.toString()));
      if (directory.isPresent()) {
        update.addAll(List.of("-c", "protocol.file.allow=always"));
        // The user's clones of the submodules, through a URL, since a path would link their objects
        Path modules = gitDirectory(directory.get()).resolve("modules");
        for (String line : keys) {
          String key = line.substring(0, line.indexOf(' '));
          String name = key.substring("submodule.".length(), key.length() - ".path".length());
          if (Files.isDirectory(modules.resolve(name))) {
            update.add("-c");
            update.add("submodule." + name + ".url=" + modules.resolve(name).toUri());
          }
        }
      }
      update.addAll(List.of("submodule", "--quiet", "update", "--init", "--recursive"));
      git(update.toArray(String[]::new));
      for (Path file : files(checkout)) {
        if (file.endsWith(".git") && !checkout.equals(file.getParent())) {
          Files.delete(file); // or else it is kept as a working copy of a repository elsewhere
        }
      }
    }

    private static List<Path> files(Path checkout) throws IOException {
      try (Stream<Path> tree = Files.walk(checkout)) {
        return tree.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)).toList();
      }
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
      Map<String, String> environment = new HashMap<>(Map.of("GIT_TERMINAL_PROMPT", "0"));
      if (directory.isPresent()) {
        environment.put("GIT_LFS_SKIP_SMUDGE", "1"); // see fillIn
      }
      return manner
          .commands()
          .run(
              Command.of(argv)
                  .in(Path.of("").toAbsolutePath())
                  .with(environment)
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
