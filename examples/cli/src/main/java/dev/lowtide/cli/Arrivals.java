package dev.lowtide.cli;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.lowtide.BoundedSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.Printable;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What has appeared in directories that all programs of a machine share, such as {@code /tmp}: for
 * builds that write there although {@code TMPDIR} names another place. It looks at the entries of
 * these directories only, not into those that were there before. It does not know which program
 * made an entry, and removes nothing. Immutable.
 */
public final class Arrivals {
  /** Where programs write that do not ask for {@code TMPDIR}; see hier(7). */
  private static final List<String> TEMPORARY = List.of("/tmp", "/var/tmp");

  private final ImmutableMap<Path, Object> before;
  private final ImmutableSet<Path> directories;
  private final ImmutableSet<Path> watched;

  private Arrivals(Set<Path> directories, Map<Path, Object> before, Set<Path> watched) {
    this.directories = ImmutableSet.copyOf(directories);
    this.before = ImmutableMap.copyOf(before);
    this.watched = ImmutableSet.copyOf(watched);
  }

  /**
   * An entry that has appeared.
   *
   * @param path where it is
   * @param size what it occupies, with everything in it
   */
  public record Arrival(Path path, BoundedSize size) {
    /** The entry, as a sentence for people. */
    public String explain() {
      return Printable.of(path) + " appeared during the run (" + size + ")";
    }
  }

  /**
   * Remembers what is in the directories for temporary files that a build does not get from {@code
   * TMPDIR}.
   *
   * @param watched absolute real paths that are measured anyway: a directory in one of them is not
   *     looked at, and neither is an entry that contains one
   */
  public static Arrivals inTemporaryDirectories(HostEnvironment host, Collection<Path> watched) {
    Set<Path> all = ImmutableSet.copyOf(watched);
    ImmutableSet.Builder<Path> directories = ImmutableSet.builder();
    if (host.operatingSystem() != OperatingSystem.WINDOWS) {
      for (String name : TEMPORARY) {
        try {
          Path directory = host.path(name).toRealPath();
          if (all.stream().noneMatch(directory::startsWith)) {
            directories.add(directory);
          }
        } catch (IOException e) {
          // this machine has none
        }
      }
    }
    ImmutableSet<Path> found = directories.build();
    return new Arrivals(found, entries(found), all);
  }

  /**
   * The entries of this user that have appeared since, in the order of their paths. One that
   * disappears meanwhile is left out.
   */
  public List<Arrival> since(SizeProbe probe) {
    List<Arrival> arrivals = new ArrayList<>();
    entries(directories).entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))
        .map(Map.Entry::getKey)
        .filter(Arrivals::isOwn)
        .filter(path -> watched.stream().noneMatch(each -> each.startsWith(path)))
        .forEach(
            path -> {
              try {
                arrivals.add(new Arrival(path, probe.measure(path).allocated()));
              } catch (IOException e) {
                // it has disappeared
              }
            });
    return List.copyOf(arrivals);
  }

  /** Whether a path belongs to this user, as far as that can be told. */
  private static boolean isOwn(Path path) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return true; // users of another file system, such as one in memory, are not of this machine
    }
    try {
      UserPrincipal user =
          path.getFileSystem()
              .getUserPrincipalLookupService()
              .lookupPrincipalByName(System.getProperty("user.name"));
      return Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).equals(user);
    } catch (UserPrincipalNotFoundException | UnsupportedOperationException e) {
      return true; // a user without a name, as in some containers
    } catch (IOException e) {
      return false; // it has disappeared
    }
  }

  /** The entries, each with what tells it from another one of that name. */
  private static Map<Path, Object> entries(Set<Path> directories) {
    Map<Path, Object> entries = new LinkedHashMap<>();
    for (Path directory : directories) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
        for (Path entry : all) {
          add(entry, entries);
        }
      } catch (IOException | DirectoryIteratorException e) {
        // it may not be read, so nothing can be said about it
      }
    }
    return entries;
  }

  private static void add(Path entry, Map<Path, Object> entries) {
    try {
      BasicFileAttributes now =
          Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      entries.put(entry, Optional.ofNullable(now.fileKey()));
    } catch (IOException e) {
      // it has just disappeared
    }
  }
}
