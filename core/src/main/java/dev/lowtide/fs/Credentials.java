package dev.lowtide.fs;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The users and groups of a process, which determine what the nine permission bits allow it to do.
 * Access control lists are not read; if there is one, the group bits are the upper limit of what it
 * grants.
 *
 * @param users the real, effective, saved and file-system user
 * @param groups the real, effective, saved and file-system group, and the supplementary groups
 * @param privileged whether it bypasses permissions: root, or a process with root's capabilities
 */
record Credentials(Set<Integer> users, Set<Integer> groups, boolean privileged) {
  /** A process of another user of which nothing else is known. */
  static final Credentials UNKNOWN = new Credentials(Set.of(), Set.of(), false);

  // capabilities(7): DAC_OVERRIDE is 1, DAC_READ_SEARCH is 2
  private static final long BYPASS_CAPABILITIES = 1L << 1 | 1L << 2;

  // <unistd.h>
  private static final int R_OK = 4;
  private static final int W_OK = 2;
  private static final int X_OK = 1;

  /**
   * @param status the fields of {@code /proc/PID/status}, proc(5)
   */
  static Credentials parse(Map<String, String> status) {
    Set<Integer> users = ids(status.getOrDefault("Uid", ""));
    Set<Integer> groups = ids(status.getOrDefault("Gid", ""));
    groups.addAll(ids(status.getOrDefault("Groups", "")));
    long capabilities = Long.parseUnsignedLong(status.getOrDefault("CapEff", "0"), 16);
    return new Credentials(
        users, groups, users.contains(0) || (capabilities & BYPASS_CAPABILITIES) != 0);
  }

  private static Set<Integer> ids(String field) {
    List<String> numbers =
        Splitter.on(CharMatcher.whitespace()).omitEmptyStrings().splitToList(field);
    Set<Integer> ids = new HashSet<>();
    numbers.forEach(number -> ids.add(Integer.parseUnsignedInt(number)));
    return ids;
  }

  /** Whether this is the only user of the process. */
  boolean isOnly(int user) {
    return users.equals(Set.of(user));
  }

  /** Whether the process may search all directories above a path. */
  boolean canReach(Path path) throws IOException {
    for (Path ancestor = path.getParent(); ancestor != null; ancestor = ancestor.getParent()) {
      if (!hasPermission(ancestor, X_OK)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the process may read a file, or search a directory, that it can reach. */
  boolean mayRead(Path path) throws IOException {
    return hasPermission(path, Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) ? X_OK : R_OK);
  }

  /** Whether the process may write to a file or directory that it can reach. */
  boolean mayWrite(Path path) throws IOException {
    return hasPermission(path, W_OK);
  }

  /** Whether the process may replace what is at a path that it can reach. */
  boolean mayReplace(Path path) throws IOException {
    Path parent = path.getParent();
    return parent != null && hasPermission(parent, W_OK);
  }

  /**
   * @param access {@link #R_OK}, {@link #W_OK} or {@link #X_OK}
   */
  private boolean hasPermission(Path path, int access) throws IOException {
    if (privileged) {
      return true;
    }
    Inode inode = Inode.of(path, LinkOption.NOFOLLOW_LINKS);
    int bits;
    if (users.isEmpty()) {
      bits =
          inode.mode() >> 3
              | inode.mode(); // unknown: not the user of this process, but it may be in any group
    } else if (users.contains(inode.owner())) {
      bits = inode.mode() >> 6;
    } else if (groups.contains(inode.group())) {
      bits = inode.mode() >> 3;
    } else {
      bits = inode.mode();
    }
    return (bits & access) != 0;
  }
}
