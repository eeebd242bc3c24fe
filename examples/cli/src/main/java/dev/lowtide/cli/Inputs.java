package dev.lowtide.cli;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.fs.OutputFile;
import dev.lowtide.plan.PolicyFile;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.PolicyProvider;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/** Checks of values from the command line, before anything is done with them. */
public final class Inputs {
  private Inputs() {}

  /** A directory to work in. A single dot is the working directory. */
  static Path root(HostEnvironment host, Path given) {
    return given.toString().equals(".")
        ? host.workingDirectory()
        : CleanupTarget.checkedRoot(given);
  }

  /** Requires that a directory exists: a misspelt one would look like an empty one. */
  static void requireThere(Path named) {
    if (!Files.exists(named, LinkOption.NOFOLLOW_LINKS)) {
      throw new UsageException("There is no '" + Printable.of(named) + "'; is it misspelt?");
    }
  }

  /** A path to measure, absolute and without dots; the file system resolves them. */
  static Path resolved(Path given) throws IOException {
    if (given.toString().isEmpty()) {
      throw new UsageException("The path is empty; is a variable not set?");
    }
    Path absolute = given.toAbsolutePath();
    Path name = absolute.getFileName();
    Path parent = absolute.getParent();
    if (name == null || parent == null || !hasDots(absolute)) {
      return absolute;
    }
    // A link is measured itself, unless a dot follows it
    return hasDots(name) ? absolute.toRealPath() : parent.toRealPath().resolve(name);
  }

  /** A path that may not exist yet, with all symbolic links in it resolved. */
  public static Path real(Path path) throws IOException {
    for (Path there = path; there != null; there = there.getParent()) {
      if (Files.exists(there)) {
        return there.toRealPath().resolve(there.relativize(path).toString());
      }
    }
    return path;
  }

  /**
   * A directory that may not exist yet, with all symbolic links resolved.
   *
   * @param option the option that names it
   */
  public static Path directory(HostEnvironment host, String argument, String option)
      throws IOException {
    if (argument.isEmpty()) {
      throw new UsageException(option + " is empty; is a variable not set?");
    }
    Path path = host.workingDirectory().resolve(argument);
    for (Path there = path; there != null; there = there.getParent()) {
      if (Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
        if (!Files.isDirectory(there)) {
          throw new UsageException(there + " is not a directory");
        }
        return CleanupTarget.checkedRoot(real(path));
      }
    }
    return path;
  }

  private static boolean hasDots(Path path) {
    for (Path component : path) {
      if (component.toString().equals(".") || component.toString().equals("..")) {
        return true;
      }
    }
    return false;
  }

  static void requireFile(Path file, String what) {
    if (!Files.isRegularFile(file)) {
      throw new UsageException(
          "There is no " + what + " '" + Printable.of(file.toAbsolutePath()) + "'");
    }
  }

  /** Reads a policy file for a command that removes nothing. */
  static PolicyFile policyFile(Path file, List<PolicyProvider> providers) {
    return policyFile(file, () -> PolicyFile.read(file, providers));
  }

  /**
   * Reads a policy file for a command that removes. A project's file can only restrict the run.
   *
   * @param workspaces the directories that are cleaned too
   * @param caches whether caches are cleaned too
   * @param general the files of the machine and the user
   */
  static PolicyFile policyFile(
      Path file,
      List<PolicyProvider> providers,
      HostEnvironment host,
      List<Path> workspaces,
      boolean caches,
      PolicyFile general) {
    return policyFile(
        file, () -> PolicyFile.read(file, providers, host, workspaces, caches, general));
  }

  /** Reads the policy files of the machine and the user. */
  static PolicyFile generalPolicyFile(HostEnvironment host, List<PolicyProvider> providers) {
    try {
      return PolicyFile.general(host, providers);
    } catch (PolicyFile.FormatException e) {
      throw new UsageException(e);
    } catch (FileSystemException e) {
      throw unreadable(Path.of(e.getFile()), e);
    } catch (IOException e) {
      throw new UsageException(Printable.of(String.valueOf(e.getMessage())));
    }
  }

  private interface Reading {
    PolicyFile read() throws IOException;
  }

  private static PolicyFile policyFile(Path file, Reading reading) {
    requireFile(file, "policy file");
    try {
      return reading.read();
    } catch (PolicyFile.FormatException e) {
      throw new UsageException(e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  static UsageException unreadable(Path file, IOException e) {
    return new UsageException(
        e instanceof CharacterCodingException
            ? "'" + Printable.of(file.toAbsolutePath()) + "' is not UTF-8 text"
            : Problem.of(file.toAbsolutePath(), "read", e).toString());
  }

  /**
   * A goal with a required free space.
   *
   * @param option the option with the text, for messages
   */
  public static SpaceGoal untilFree(String option, SpaceGoal goal, String text) {
    try {
      return goal.untilFree(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException(option + ": " + e.getMessage());
    }
  }

  /** Requires that a file can be written, before the work rather than after it. */
  static void requireWritable(Path file) {
    Path absolute = file.toAbsolutePath();
    Path parent = absolute.getParent();
    if (file.toString().isEmpty() || parent == null || Files.isDirectory(absolute)) {
      throw new UsageException("'" + Printable.of(absolute) + "' is a directory; name a file");
    } else if (!Files.isDirectory(parent)) {
      throw new UsageException(
          "There is no directory '" + Printable.of(parent) + "' to write into; create it first");
    }
    try {
      OutputFile.requireWritable(file);
    } catch (IOException e) {
      throw new UsageException(Problem.of(absolute, "write", e).toString());
    }
  }
}
