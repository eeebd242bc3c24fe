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
 * The uses that one pass has found so far. For several threads, since one that hangs is left behind
 * and another one goes on.
 */
final class Uses {
  private static final String DELETED = " (deleted)";

  private final Map<Path, Use> atOrBelow = new HashMap<>();
  private final Map<FileKey, Use> byFile = new HashMap<>();
  private final List<Hidden> hidden = new ArrayList<>();

  /** Somebody uses what is at a path, or was until it was removed. */
  synchronized void add(Path path, Use use) {
    at(path, use);
    if (path.toString().endsWith(DELETED)) {
      at(undeleted(path), use);
    }
  }

  private void at(Path path, Use use) {
    for (Path each = path;
        each != null && atOrBelow.putIfAbsent(each, use) == null;
        each = each.getParent()) {}
  }

  private static Path undeleted(Path path) {
    String name = new String(Names.bytes(path), ISO_8859_1);
    String before = name.substring(0, name.length() - DELETED.length());
    Path parent = path.getParent();
    return parent == null || before.isEmpty()
        ? path
        : Names.resolve(parent, before.getBytes(ISO_8859_1));
  }

  /**
   * A process uses a file, under any path.
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
