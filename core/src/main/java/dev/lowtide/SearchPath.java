package dev.lowtide;

import com.google.common.base.Splitter;
import dev.lowtide.HostEnvironment.OperatingSystem;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds programs in {@code PATH}, without those that other users could have put there and without
 * those in {@linkplain HostEnvironment#distrusting distrusted} directories.
 */
final class SearchPath {
  private final HostEnvironment host;

  SearchPath(HostEnvironment host) {
    this.host = host;
  }

  /** All executable files with this name, in the order of {@code PATH}. */
  List<Path> executables(String name) {
    String file =
        host.operatingSystem() == OperatingSystem.WINDOWS && !name.endsWith(".exe")
            ? name + ".exe"
            : name;
    List<Path> found = new ArrayList<>();
    for (Path directory : absoluteDirectories()) {
      try {
        Path candidate = directory.resolve(file);
        if (Files.isRegularFile(candidate)
            && Files.isExecutable(candidate)
            && mayHoldPrograms(directory)
            && !leadsToDistrusted(candidate)
            && WriteAccess.ofOthers(candidate).isEmpty()) {
          found.add(candidate);
        }
      } catch (InvalidPathException e) {
        // a name that is not a valid path names no program
      }
    }
    return List.copyOf(found);
  }

  /** The absolute directories of {@code PATH} that are trusted, see {@link #mayHoldPrograms}. */
  List<Path> directories() {
    return absoluteDirectories().stream().filter(this::mayHoldPrograms).toList();
  }

  private List<Path> absoluteDirectories() {
    boolean windows = host.operatingSystem() == OperatingSystem.WINDOWS;
    String path =
        host.variables()
            .getOrDefault(windows && !host.variables().containsKey("PATH") ? "Path" : "PATH", "");
    List<Path> directories = new ArrayList<>();
    for (String entry : Splitter.on(windows ? ';' : ':').omitEmptyStrings().split(path)) {
      try {
        Path directory = host.path(entry);
        if (directory.isAbsolute()) {
          directories.add(directory);
        }
      } catch (InvalidPathException e) {
        // an entry that is not a valid path names no directory
      }
    }
    return directories;
  }

  /**
   * Whether a directory is trusted: only this user and root can put programs into it, and it is not
   * distrusted.
   */
  boolean mayHoldPrograms(Path directory) {
    return !leadsToDistrusted(directory)
        && !WriteAccess.isStickyForAll(directory)
        && WriteAccess.ofOthers(directory).isEmpty();
  }

  private boolean leadsToDistrusted(Path path) {
    Path real = host.resolved(path);
    return host.distrusted().stream()
        .anyMatch(each -> path.startsWith(each) || real.startsWith(each));
  }
}
