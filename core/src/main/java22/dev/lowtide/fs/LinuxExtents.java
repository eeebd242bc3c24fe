package dev.lowtide.fs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.lowtide.FileKind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads extents with ioctl(2), with the constants and structures of the Linux headers (6.1).
 *
 * <p>Every user may call FIEMAP, which shows only that an extent is shared. On btrfs, root may
 * instead search the trees of the file system, which show the space that an extent occupies on the
 * disk, even if it is compressed or only partly used, and the files that use it. On XFS, root may
 * call GETFSMAP for the users of a range, which are known if the file system was made with a
 * reverse map ({@code rmapbt}).
 */
final class LinuxExtents implements ExtentReader {
  // <linux/magic.h>; the last one from bcachefs_format.h
  static final long BTRFS = 0x9123683EL;
  static final long XFS = 0x58465342L;
  private static final long BCACHEFS = 0xca451a4eL;

  // <linux/fiemap.h>: fm_start, fm_length, fm_flags, fm_mapped_extents, fm_extent_count, reserved
  private static final long FS_IOC_FIEMAP = 0xC020660BL;
  private static final int FIEMAP_FLAGS = 16;
  private static final int FIEMAP_MAPPED = 20;
  private static final int FIEMAP_COUNT = 24;
  private static final int FIEMAP_BYTES = 32;
  private static final int FIEMAP_FLAG_SYNC = 1;
  // struct fiemap_extent: fe_logical, fe_physical, fe_length, two reserved, fe_flags
  private static final int EXTENT_PHYSICAL = 8;
  private static final int EXTENT_LENGTH = 16;
  private static final int EXTENT_FLAGS = 40;
  private static final int EXTENT_BYTES = 56;
  private static final int EXTENT_LAST = 0x1;
  private static final int EXTENT_ENCODED = 0x8;
  private static final int EXTENT_INLINE = 0x200;
  private static final int EXTENT_SHARED = 0x2000;
  private static final int EXTENTS_AT_ONCE = 512;

  // <linux/fsmap.h>: fmh_iflags, fmh_oflags, fmh_count, fmh_entries, reserved, two keys, records
  private static final long FS_IOC_GETFSMAP = 0xC0C0583BL;
  private static final int FSMAP_COUNT = 8;
  private static final int FSMAP_ENTRIES = 12;
  private static final int FSMAP_LOW = 64;
  private static final int FSMAP_HIGH = 128;
  private static final int FSMAP_BYTES = 192;
  // struct fsmap: fmr_device, fmr_flags, fmr_physical, fmr_owner, fmr_offset, fmr_length, reserved
  private static final int RECORD_FLAGS = 4;
  private static final int RECORD_PHYSICAL = 8;
  private static final int RECORD_OWNER = 16;
  private static final int RECORD_OFFSET = 24;
  private static final int RECORD_LENGTH = 32;
  private static final int RECORD_BYTES = 64;
  private static final int RECORD_SPECIAL_OWNER = 0x10;
  private static final int RECORD_LAST = 0x20;
  private static final int RECORDS_AT_ONCE = 512;

  // <linux/btrfs.h>
  private static final long BTRFS_IOC_TREE_SEARCH_V2 = 0xC0709411L;
  private static final long BTRFS_IOC_INO_LOOKUP = 0xD0009412L;
  private static final long BTRFS_IOC_LOGICAL_INO_V2 = 0xC038943BL;
  private static final long LOGICAL_INO_IGNORE_OFFSET = 1;
  private static final long LOGICAL_INO_BYTES = 56;
  private static final long LOOKUP_BYTES = 4096;
  private static final long FIRST_INODE = 256;
  // struct btrfs_ioctl_search_args_v2: the key, buf_size, buf
  private static final int SEARCH_MIN_OBJECT = 8;
  private static final int SEARCH_MAX_OBJECT = 16;
  private static final int SEARCH_MIN_OFFSET = 24;
  private static final int SEARCH_MAX_OFFSET = 32;
  private static final int SEARCH_MAX_TRANSACTION = 48;
  private static final int SEARCH_MIN_TYPE = 56;
  private static final int SEARCH_MAX_TYPE = 60;
  private static final int SEARCH_ITEMS = 64;
  private static final int SEARCH_SIZE = 104;
  private static final int SEARCH_BUFFER = 112;
  private static final int BUFFER_BYTES = 64 * 1024;
  // struct btrfs_ioctl_search_header: transid, objectid, offset, type, len
  private static final int HEADER_OFFSET = 16;
  private static final int HEADER_LENGTH = 28;
  private static final int HEADER_BYTES = 32;

  // <linux/btrfs_tree.h>: struct btrfs_file_extent_item, packed
  private static final int EXTENT_DATA_KEY = 108;
  private static final int ITEM_TYPE = 20;
  private static final int ITEM_INLINE_DATA = 21;
  private static final int ITEM_ADDRESS = 21;
  private static final int ITEM_DISK_BYTES = 29;
  private static final int TYPE_INLINE = 0;

  private final Libc.Calls calls = new Libc.Calls();
  private final MemorySegment buffer;
  private final boolean usesTrees;
  private final Path directory;
  private final long subvolume;

  private LinuxExtents(Path directory, MemorySegment buffer, boolean usesTrees, long subvolume) {
    this.directory = directory;
    this.buffer = buffer;
    this.usesTrees = usesTrees;
    this.subvolume = subvolume;
  }

  static Optional<ExtentReader> at(Path directory) {
    if (!directory.getFileSystem().equals(FileSystems.getDefault())) {
      return Optional.empty();
    }
    Libc.Calls calls = new Libc.Calls();
    try (Arena arena = Arena.ofConfined()) {
      int opened = calls.open(directory, arena);
      if (opened < 0) {
        return Optional.empty();
      }
      try {
        long type = calls.fileSystemType(opened);
        if (!sharesBlocks(type)) {
          return Optional.empty();
        }
        MemorySegment buffer = Arena.ofAuto().allocate(SEARCH_BUFFER + BUFFER_BYTES, Long.BYTES);
        long subvolume = type == BTRFS ? subvolume(calls, opened, arena) : 0;
        boolean usesTrees = subvolume != 0 && mayUseTrees(calls, opened, buffer);
        if (usesTrees) {
          // The kernel searches the users of an extent only in data that is on the disk
          calls.sync(opened);
        }
        return Optional.of(new LinuxExtents(directory, buffer, usesTrees, subvolume));
      } finally {
        calls.close(opened);
      }
    }
  }

  static boolean sharesBlocks(long type) {
    return type == BTRFS || type == XFS || type == BCACHEFS;
  }

  private static long subvolume(Libc.Calls calls, int descriptor, Arena arena) {
    MemorySegment lookup = arena.allocate(LOOKUP_BYTES, Long.BYTES);
    lookup.set(JAVA_LONG_UNALIGNED, Long.BYTES, FIRST_INODE);
    int error = calls.ioctl(descriptor, BTRFS_IOC_INO_LOOKUP, lookup);
    return error < 0 ? 0 : lookup.get(JAVA_LONG_UNALIGNED, 0);
  }

  private static boolean mayUseTrees(Libc.Calls calls, int descriptor, MemorySegment buffer) {
    return search(calls, descriptor, buffer, FIRST_INODE, 0) >= 0;
  }

  /** Finds the next extents of a file; the number of items, or a negated {@code errno}. */
  private static int search(
      Libc.Calls calls, int descriptor, MemorySegment buffer, long inode, long from) {
    buffer.asSlice(0, SEARCH_BUFFER).fill((byte) 0); // tree 0 is the subvolume of the descriptor
    buffer.set(JAVA_LONG_UNALIGNED, SEARCH_MIN_OBJECT, inode);
    buffer.set(JAVA_LONG_UNALIGNED, SEARCH_MAX_OBJECT, inode);
    buffer.set(JAVA_LONG_UNALIGNED, SEARCH_MIN_OFFSET, from);
    buffer.set(JAVA_LONG_UNALIGNED, SEARCH_MAX_OFFSET, -1L);
    buffer.set(JAVA_LONG_UNALIGNED, SEARCH_MAX_TRANSACTION, -1L);
    buffer.set(JAVA_INT_UNALIGNED, SEARCH_MIN_TYPE, EXTENT_DATA_KEY);
    buffer.set(JAVA_INT_UNALIGNED, SEARCH_MAX_TYPE, EXTENT_DATA_KEY);
    buffer.set(JAVA_INT_UNALIGNED, SEARCH_ITEMS, Integer.MAX_VALUE);
    buffer.set(JAVA_LONG_UNALIGNED, SEARCH_SIZE, BUFFER_BYTES);
    int error = calls.ioctl(descriptor, BTRFS_IOC_TREE_SEARCH_V2, buffer);
    return error < 0 ? error : buffer.get(JAVA_INT_UNALIGNED, SEARCH_ITEMS);
  }

  @Override
  public long subvolume() {
    return subvolume;
  }

  @Override
  public void read(Path file, Visitor visitor) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int opened = check(file, calls.open(file, arena));
      try {
        check(file, calls.statOpen(opened));
        Stat stat = new Stat();
        calls.statx().fill(stat);
        if (stat.kind() != FileKind.REGULAR) {
          throw new FileSystemException(file.toString(), null, "it is no longer a regular file");
        } else if (usesTrees) {
          readTree(file, opened, stat.inode(), visitor);
        } else {
          readMap(file, opened, visitor);
        }
      } finally {
        calls.close(opened);
      }
    }
  }

  private static int check(Path file, int result) throws IOException {
    if (result < 0) {
      throw Errno.exception(file, -result);
    }
    return result;
  }

  private void readMap(Path file, int descriptor, Visitor visitor) throws IOException {
    long from = 0;
    while (true) {
      buffer.asSlice(0, FIEMAP_BYTES).fill((byte) 0);
      buffer.set(JAVA_LONG_UNALIGNED, 0, from);
      buffer.set(JAVA_LONG_UNALIGNED, Long.BYTES, Long.MAX_VALUE - from);
      buffer.set(JAVA_INT_UNALIGNED, FIEMAP_FLAGS, FIEMAP_FLAG_SYNC);
      buffer.set(JAVA_INT_UNALIGNED, FIEMAP_COUNT, EXTENTS_AT_ONCE);
      check(file, calls.ioctl(descriptor, FS_IOC_FIEMAP, buffer));
      int mapped = buffer.get(JAVA_INT_UNALIGNED, FIEMAP_MAPPED);
      for (int i = 0; i < mapped; i++) {
        MemorySegment extent = buffer.asSlice(FIEMAP_BYTES + (long) i * EXTENT_BYTES, EXTENT_BYTES);
        int flags = extent.get(JAVA_INT_UNALIGNED, EXTENT_FLAGS);
        long length = extent.get(JAVA_LONG_UNALIGNED, EXTENT_LENGTH);
        boolean exact = (flags & (EXTENT_ENCODED | EXTENT_INLINE)) == 0;
        if ((flags & EXTENT_SHARED) != 0) {
          visitor.shared(extent.get(JAVA_LONG_UNALIGNED, EXTENT_PHYSICAL), length, exact);
        } else {
          visitor.exclusive(length, exact);
        }
        from = extent.get(JAVA_LONG_UNALIGNED, 0) + length;
        if ((flags & EXTENT_LAST) != 0) {
          return;
        }
      }
      if (mapped == 0) {
        return;
      }
    }
  }

  private void readTree(Path file, int descriptor, long inode, Visitor visitor) throws IOException {
    long from = 0;
    while (true) {
      int items = check(file, search(calls, descriptor, buffer, inode, from));
      long at = SEARCH_BUFFER;
      for (int i = 0; i < items; i++) {
        MemorySegment header = buffer.asSlice(at, HEADER_BYTES);
        int length = header.get(JAVA_INT_UNALIGNED, HEADER_LENGTH);
        from = header.get(JAVA_LONG_UNALIGNED, HEADER_OFFSET) + 1;
        MemorySegment item = buffer.asSlice(at + HEADER_BYTES, length);
        at += HEADER_BYTES + length;
        if (item.get(JAVA_BYTE, ITEM_TYPE) == TYPE_INLINE) {
          visitor.exclusive(length - ITEM_INLINE_DATA, false); // stored in a block with other items
        } else {
          long address = item.get(JAVA_LONG_UNALIGNED, ITEM_ADDRESS);
          if (address != 0) { // 0 is a hole
            visitor.extent(address, item.get(JAVA_LONG_UNALIGNED, ITEM_DISK_BYTES));
          }
        }
      }
      if (items == 0) {
        return;
      }
    }
  }

  @Override
  public Optional<List<Use>> users(long start, long length) {
    if (usesTrees) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      int opened = calls.open(directory, arena);
      if (opened < 0) {
        return Optional.empty();
      }
      try {
        return calls.statOpen(opened) < 0
            ? Optional.empty()
            : users(opened, calls.statx().encodedDevice(), start, start + length);
      } finally {
        calls.close(opened);
      }
    }
  }

  private Optional<List<Use>> users(int descriptor, int device, long start, long end) {
    List<Use> uses = new ArrayList<>();
    MemorySegment low = buffer.asSlice(FSMAP_LOW, RECORD_BYTES);
    MemorySegment high = buffer.asSlice(FSMAP_HIGH, RECORD_BYTES);
    buffer.asSlice(0, FSMAP_BYTES).fill((byte) 0);
    low.set(JAVA_INT_UNALIGNED, 0, device);
    low.set(JAVA_LONG_UNALIGNED, RECORD_PHYSICAL, start);
    high.set(JAVA_INT_UNALIGNED, 0, device);
    high.set(JAVA_INT_UNALIGNED, RECORD_FLAGS, -1);
    high.set(JAVA_LONG_UNALIGNED, RECORD_PHYSICAL, end - 1);
    high.set(JAVA_LONG_UNALIGNED, RECORD_OWNER, -1L);
    high.set(JAVA_LONG_UNALIGNED, RECORD_OFFSET, -1L);
    buffer.set(JAVA_INT_UNALIGNED, FSMAP_COUNT, RECORDS_AT_ONCE);
    while (true) {
      if (calls.ioctl(descriptor, FS_IOC_GETFSMAP, buffer) < 0) {
        return Optional.empty();
      }
      int records = buffer.get(JAVA_INT_UNALIGNED, FSMAP_ENTRIES);
      int last = RECORD_LAST;
      for (int i = 0; i < records; i++) {
        MemorySegment record = buffer.asSlice(FSMAP_BYTES + (long) i * RECORD_BYTES, RECORD_BYTES);
        last = record.get(JAVA_INT_UNALIGNED, RECORD_FLAGS);
        long from = record.get(JAVA_LONG_UNALIGNED, RECORD_PHYSICAL);
        long to = from + record.get(JAVA_LONG_UNALIGNED, RECORD_LENGTH);
        if (to <= start || from >= end) {
          continue;
        } else if ((last & RECORD_SPECIAL_OWNER) != 0) {
          return Optional.empty(); // no reverse map: the owner is "unknown"
        }
        User user = new User(0, record.get(JAVA_LONG_UNALIGNED, RECORD_OWNER));
        uses.add(new Use(user, Math.max(from, start), Math.min(to, end)));
      }
      if (records < RECORDS_AT_ONCE || (last & RECORD_LAST) != 0) {
        return Optional.of(uses);
      }
      // Like fsmap_advance() of the header: continue after the last record
      MemorySegment.copy(
          buffer, FSMAP_BYTES + (records - 1L) * RECORD_BYTES, buffer, FSMAP_LOW, RECORD_BYTES);
    }
  }

  @Override
  public Optional<List<User>> users(long address) {
    try (Arena arena = Arena.ofConfined()) {
      int opened = calls.open(directory, arena);
      if (opened < 0) {
        return Optional.empty();
      }
      try {
        MemorySegment arguments = arena.allocate(LOGICAL_INO_BYTES, Long.BYTES);
        arguments.set(JAVA_LONG_UNALIGNED, 0, address);
        arguments.set(JAVA_LONG_UNALIGNED, 8, BUFFER_BYTES);
        arguments.set(JAVA_LONG_UNALIGNED, 40, LOGICAL_INO_IGNORE_OFFSET);
        arguments.set(JAVA_LONG_UNALIGNED, 48, buffer.address());
        return calls.ioctl(opened, BTRFS_IOC_LOGICAL_INO_V2, arguments) < 0
            ? Optional.empty()
            : found();
      } finally {
        calls.close(opened);
      }
    }
  }

  /** struct btrfs_data_container: bytes_left, bytes_missing, elem_cnt, elem_missed, val. */
  private Optional<List<User>> found() {
    int missed = buffer.get(JAVA_INT_UNALIGNED, 12);
    if (missed > 0) {
      return Optional.empty();
    }
    List<User> users = new ArrayList<>();
    int values = buffer.get(JAVA_INT_UNALIGNED, 8);
    for (int i = 0; i + 2 < values; i += 3) { // inode, offset, root
      long at = 16 + (long) i * Long.BYTES;
      users.add(
          new User(buffer.get(JAVA_LONG_UNALIGNED, at + 16), buffer.get(JAVA_LONG_UNALIGNED, at)));
    }
    return Optional.of(users);
  }
}
