package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.lowtide.fs.OpenFiles.HiddenProcess;
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
   * The approximate limit of the memory for paths, in bytes: processes may name any number of
   * paths.
   */
  private static final long MAX_BYTES = 96L << 20;

  private static final long MAX_BYTES_PER_PROCESS = MAX_BYTES / 4;

  /** The bytes that a stored path needs in addition to its text. */
  private static final int BYTES_PER_PATH = 100;

  private final Map<Path, Use> atOrBelow = new HashMap<>();
  private final Map<FileKey, Use> byFile = new HashMap<>();
  private final List<HiddenProcess> hidden = new ArrayList<>();

  private final Map<String, Long> storedBytesByProcess = new HashMap<>();
  private long storedBytes;

  /**
   * Records that a process uses the file at a path, or a file that was there until it was deleted.
   *
   * @throws IllegalArgumentException if this process, or all processes together, use more paths
   *     than may be stored
   */
  synchronized void add(Path path, Use use) {
    addWithParents(path, use);
    Path undeletedPath = undeleted(path);
    if (!undeletedPath.equals(path)) {
      addWithParents(undeletedPath, use);
    }
  }

  private void addWithParents(Path path, Use use) {
    int length = path.toString().length();
    long addedBytes = 0;
    for (Path each = path;
        each != null && atOrBelow.putIfAbsent(each, use) == null;
        each = each.getParent()) {
      addedBytes += BYTES_PER_PATH + length;
    }
    storedBytes += addedBytes;
    if (storedBytesByProcess.merge(use.process(), addedBytes, Long::sum) > MAX_BYTES_PER_PROCESS
        || storedBytes > MAX_BYTES) {
      throw new IllegalArgumentException("processes use more paths than may be stored");
    }
  }

  /** The path without the suffix that the kernel appends for a deleted file. */
  static Path undeleted(Path path) {
    if (!path.toString().endsWith(DELETED)) {
      return path;
    }
    String name = new String(Names.bytes(path), ISO_8859_1);
    String undeletedName = name.substring(0, name.length() - DELETED.length());
    Path parent = path.getParent();
    return parent == null || undeletedName.isEmpty()
        ? path
        : Names.resolve(parent, undeletedName.getBytes(ISO_8859_1));
  }

  /**
   * Records that a process uses a file, under any path.
   *
   * @param path the path that the process used
   */
  void add(FileKey file, Path path, Use use) {
    if (!isOneNameOfSeveral(path, file)) {
      synchronized (this) {
        byFile.put(file, use);
      }
    }
  }

  /**
   * Whether a path is one of several names of the file; the other names may be removed while this
   * one is in use.
   */
  private static boolean isOneNameOfSeveral(Path path, FileKey file) {
    try {
      Inode inode = Inode.of(path, LinkOption.NOFOLLOW_LINKS);
      return inode.key().inode() == file.inode() && inode.links() > 1 && !inode.isDirectory();
    } catch (IOException e) {
      return false;
    }
  }

  synchronized void addHidden(HiddenProcess process) {
    hidden.add(process);
  }

  synchronized OpenFiles toOpenFiles() {
    return new OpenFiles(Map.copyOf(atOrBelow), Map.copyOf(byFile), hidden, Optional.empty());
  }
}
