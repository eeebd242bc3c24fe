package dev.lowtide.fs;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * This process and the children that hold locks for it: what they have open is no use by somebody
 * else. Other children are like any other process, for a build that was started from here uses its
 * directories too.
 */
public final class OwnProcesses {
  private static final long THIS = ProcessHandle.current().pid();
  private static final Set<Long> LOCK_HOLDERS = ConcurrentHashMap.newKeySet();

  private OwnProcesses() {}

  /** Counts a child as a part of this process, as long as it lives. */
  public static void add(ProcessHandle child) {
    LOCK_HOLDERS.add(child.pid());
    child.onExit().thenRun(() -> LOCK_HOLDERS.remove(child.pid()));
  }

  static boolean contains(long pid) {
    return pid == THIS || isLockHolder(pid);
  }

  static boolean isLockHolder(long pid) {
    return LOCK_HOLDERS.contains(pid);
  }
}
