package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.lowtide.fs.OpenFiles.Hidden;
import dev.lowtide.fs.OpenFiles.Use;
import java.io.IOException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Collects the uses that one scan finds. Safe for use by many threads, since a thread that hangs is
 * abandoned and another one continues.
 */
final class Uses {
  private static final String DELETED = " (deleted)";

  /**
   * The approximate maximum memory for paths, in bytes, since processes may name any number of
   * paths.
   */
  private static final long MAX_HELD = 96L << 20;

  private static final long MAX_HELD_FOR_ONE = MAX_HELD / 4;

  /** The memory that a stored path needs in addition to its text. */
  private static final int HELD_FOR_EACH = 100;

  private final Map<Path, Use> atOrBelow = new HashMap<>();
  private final Map<FileKey, Use> byFile = new HashMap<>();
  private final List<Hidden> hidden = new ArrayList<>();

  private final Map<String, Long> heldFor = new HashMap<>();
  private long held;

  /**
   * A process uses what is at a path, or was until it was removed.
   *
   * @throws IllegalArgumentException if that process, or all together, tell too many paths
   */
  synchronized void add(Path path, Use use) {
    at(path, use);
    Path before = undeleted(path);
    if (!before.equals(path)) {
      at(before, use);
    }
  }

  private void at(Path path, Use use) {
    int length = path.toString().length();
    long more = 0;
    for (Path each = path;
        each != null && atOrBelow.putIfAbsent(each, use) == null;
        each = each.getParent()) {
      more += HELD_FOR_EACH + length;
    }
    held += more;
    if (heldFor.merge(use.process(), more, Long::sum) > MAX_HELD_FOR_ONE || held > MAX_HELD) {
      throw new IllegalArgumentException("more paths than can be held");
    }
  }

  /** The path without the suffix that the kernel appends for a deleted file. */
  static Path undeleted(Path path) {
    if (!path.toString().endsWith(DELETED)) {
      return path;
    }
    String name = new String(Names.bytes(path), ISO_8859_1);
    String before = name.substring(0, name.length() - DELETED.length());
    Path parent = path.getParent();
    return parent == null || before.isEmpty()
        ? path
        : Names.resolve(parent, before.getBytes(ISO_8859_1));
  }

  /**
   * Records that a process uses a file, under any path.
   *
   * @param path as the process knows it
   */
  void add(FileKey file, Path path, Use use) {
    if (!isOneNameOfSeveral(path, file)) {
      synchronized (this) {
        byFile.put(file, use);
      }
    }
  }

  /** Whose other names may be removed while this one is in use. */
  private static boolean isOneNameOfSeveral(Path path, FileKey file) {
    try {
      Inode inode = Inode.of(path, LinkOption.NOFOLLOW_LINKS);
      return inode.key().inode() == file.inode() && inode.links() > 1 && !inode.isDirectory();
    } catch (IOException e) {
      return false;
    }
  }

  synchronized void hide(Hidden process) {
    hidden.add(process);
  }

  synchronized OpenFiles found() {
    return new OpenFiles(Map.copyOf(atOrBelow), Map.copyOf(byFile), hidden, Optional.empty());
  }
}
