package dev.lowtide.fs;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The traits of the file systems that are mounted now. */
record TraitsByDevice(MountTable mounts, Map<Long, FileSystemTraits> known) {
  private static volatile @Nullable TraitsByDevice latest;

  /**
   * The traits of the file system on a device; empty if the file has been replaced by one on
   * another device, or if they cannot be determined.
   *
   * @param file a path on that device
   */
  static Optional<FileSystemTraits> of(long device, MemorySegment file, Libc.Calls calls) {
    TraitsByDevice current = latest;
    try {
      MountTable mounts = MountTable.read(); // the same object as long as nothing has changed
      if (current == null || current.mounts != mounts) {
        current = new TraitsByDevice(mounts, new ConcurrentHashMap<>());
        latest = current;
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    FileSystemTraits known = current.known.get(device);
    if (known == null) {
      int opened = calls.openPath(file);
      if (opened < 0) {
        return Optional.empty();
      }
      try {
        if (calls.statOpen(opened) < 0 || calls.statx().device() != device) {
          return Optional.empty();
        }
        known = calls.traits(opened);
        current.known.put(device, known);
      } finally {
        calls.close(opened);
      }
    }
    return Optional.of(known);
  }
}
