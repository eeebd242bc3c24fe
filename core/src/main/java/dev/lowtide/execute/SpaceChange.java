package dev.lowtide.execute;

import java.nio.file.Path;

/**
 * How much is free on a file system before and after a run, by its own count. Other programs have
 * their part in it.
 *
 * @param place a target on the file system
 * @param beforeBytes what was free before the first item
 * @param afterBytes what was free after the last one
 * @param settled whether the file system is known to have freed all blocks by then. btrfs and XFS
 *     free them later; Lowtide waits for at most ten seconds, and needs the native layer to know
 */
public record SpaceChange(Path place, long beforeBytes, long afterBytes, boolean settled) {
  /** A running system always writes something: differences up to this are no news. */
  static final long NOISE = 4 << 20;

  /** How much more is free than before; may be negative. */
  public long bytes() {
    return afterBytes - beforeBytes;
  }
}
