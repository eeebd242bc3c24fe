package dev.lowtide.fs;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * This process and the children that hold locks for it: files that they have open do not count as
 * in use. Other children count like any other process, since a build that was started from here
 * uses its directories too.
 */
public final class OwnProcesses {
  private static final long OWN_PID = ProcessHandle.current().pid();
  private static final Map<Long, ProcessHandle> LOCK_HOLDERS = new ConcurrentHashMap<>();

  private OwnProcesses() {}

  /** Counts a child as a part of this process until it ends. */
  public static void add(ProcessHandle child) {
    LOCK_HOLDERS.values().removeIf(holder -> !holder.isAlive());
    LOCK_HOLDERS.put(child.pid(), child);
  }

  /** The parent of this process, its parent, and so on, as paths in {@code /proc}. */
  static Set<Path> ancestors() {
    Set<Path> ancestors = new HashSet<>();
    Optional<ProcessHandle> parent = ProcessHandle.current().parent();
    while (parent.isPresent() && ancestors.add(ProcFs.process(parent.get().pid()))) {
      parent = parent.get().parent();
    }
    return ancestors;
  }

  static boolean contains(long pid) {
    return pid == OWN_PID || isLockHolder(pid);
  }

  static boolean isLockHolder(long pid) {
    ProcessHandle holder = LOCK_HOLDERS.get(pid);
    return holder != null && holder.isAlive(); // after its end, another process may have its id
  }
}
