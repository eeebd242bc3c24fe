package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileKind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is accessed by its descriptor. Names are passed to the kernel as bytes, and no
 * string is created for a removed name.
 *
 * <p>Opening never blocks: the kernel refuses anything but a directory before it opens it.
 */
final class LinuxDirectory implements OpenDirectory {
  private static final int CLOSED = -1;

  private static final Path SELF = Path.of("");
  private static final Path PARENT = Path.of("..");

  private final Iterator<Path> names = new Listing();
  private final @Nullable Traits ofOpener;
  private volatile @Nullable Traits traits;
  private int descriptor;

  /** The traits of the file system on a device, so that they are asked for once for a tree. */
  private record Traits(long device, FileSystemTraits ofFileSystem) {}

  /**
   * @param ofOpener the traits of the directory through which this one was opened; null if unknown
   */
  private LinuxDirectory(int descriptor, @Nullable Traits ofOpener) {
    this.descriptor = descriptor;
    this.ofOpener = ofOpener;
  }

  static Optional<OpenDirectory> at(Path directory) {
    if (!directory.getFileSystem().equals(FileSystems.getDefault())) {
      return Optional.empty();
    }
    Libc.Calls calls = ThreadBuffers.current().calls;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = Libc.nulTerminated(directory, arena);
      int opened =
          directory.getNameCount() == 0
              ? calls.openDirectory(Libc.AT_FDCWD, path)
              : calls.openDirectoryWithoutLinks(path);
      return opened < 0 ? Optional.empty() : Optional.of(new LinuxDirectory(opened, null));
    }
  }

  /** The calls of the current thread. */
  static Libc.Calls calls() {
    return ThreadBuffers.current().calls;
  }

  static Optional<Stat> readStat(Path path) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return Optional.empty();
    }
    Libc.Calls calls = ThreadBuffers.current().calls;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = Libc.nulTerminated(path, arena);
      if (calls.stat(Libc.AT_FDCWD, name) < 0) {
        return Optional.empty();
      }
      Stat stat = new Stat();
      calls.statx().fill(stat);
      Optional<FileSystemTraits> traits = TraitsByDevice.of(stat.device(), name, calls);
      if (traits.isEmpty()) {
        return Optional.empty();
      }
      if (!traits.get().keepsCreationTime()) {
        stat.bornNanos = 0;
      }
      return Optional.of(stat);
    }
  }

  private ThreadBuffers buffers() {
    return ThreadBuffers.current();
  }

  private static int check(Path name, int result) throws IOException {
    if (result < 0) {
      throw Errno.exception(name, -result);
    }
    return result;
  }

  @Override
  public FileStatus stat(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    return statAt(name);
  }

  @Override
  public FileStatus statSelf() throws IOException {
    Libc.Calls calls = buffers().calls;
    check(SELF, calls.statOpen(descriptor));
    Traits known = traits;
    if (known == null) {
      long device = calls.statx().device();
      if (ofOpener != null && ofOpener.device() == device) {
        known = ofOpener;
      } else {
        known = new Traits(device, calls.traits(descriptor));
        check(SELF, calls.statOpen(descriptor)); // the call before has overwritten its result
      }
      traits = known;
    }
    return calls.statx().toFileStatus(known.ofFileSystem());
  }

  @Override
  public FileStatus statParent() throws IOException {
    return statAt(PARENT);
  }

  private FileStatus statAt(Path name) throws IOException {
    FileSystemTraits ofFileSystem = traits();
    ThreadBuffers buffers = buffers();
    check(name, buffers.calls.stat(descriptor, buffers.firstName(name)));
    return buffers.calls.statx().toFileStatus(ofFileSystem);
  }

  private FileSystemTraits traits() throws IOException {
    if (traits == null) {
      statSelf();
    }
    return requireNonNull(traits).ofFileSystem();
  }

  @Override
  public long modifiedNanos(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    ThreadBuffers buffers = buffers();
    check(name, buffers.calls.stat(descriptor, buffers.firstName(name)));
    Stat stat = new Stat();
    buffers.calls.statx().fill(stat);
    return stat.modifiedNanos();
  }

  @Override
  public boolean reportsMounts() {
    return true;
  }

  @Override
  public Access access() throws IOException {
    ThreadBuffers buffers = buffers();
    check(SELF, buffers.calls.stat(descriptor, buffers.firstName(SELF)));
    return buffers.calls.statx().access();
  }

  @Override
  public void setPermissions(int permissions) throws IOException {
    check(SELF, buffers().calls.setPermissions(descriptor, permissions));
  }

  @Override
  public OpenDirectory open(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    return openAt(name);
  }

  @Override
  public OpenDirectory openParent() throws IOException {
    return openAt(PARENT);
  }

  private OpenDirectory openAt(Path name) throws IOException {
    ThreadBuffers buffers = buffers();
    int opened = check(name, buffers.calls.openDirectory(descriptor, buffers.firstName(name)));
    return new LinuxDirectory(opened, traits);
  }

  @Override
  public void deleteFile(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    ThreadBuffers buffers = buffers();
    check(name, buffers.calls.deleteFile(descriptor, buffers.firstName(name).address()));
  }

  @Override
  public void deleteDirectory(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    ThreadBuffers buffers = buffers();
    check(name, buffers.calls.deleteDirectory(descriptor, buffers.firstName(name)));
  }

  /**
   * Unlinks without a stat call before: the kernel reports which names are directories, and where a
   * file system does not report that, unlink(2) refuses to remove a directory. It also refuses to
   * remove a file on which another one is mounted.
   */
  @Override
  public boolean removeFiles(Batch batch) throws IOException {
    ThreadBuffers buffers = buffers();
    NameInBuffer name = buffers.name;
    int bytes = check(SELF, buffers.calls.read(descriptor, buffers.buffer));
    for (int at = 0; at < bytes; at = name.next(at)) {
      name.set(buffers.buffer, at);
      if (!name.isDots()) {
        removeFile(buffers.calls, name, batch);
      }
    }
    return bytes > 0;
  }

  private void removeFile(Libc.Calls calls, NameInBuffer name, Batch batch) {
    int error = name.isDirectory() ? -Errno.EISDIR : calls.deleteFile(descriptor, name.address());
    if (error >= 0) {
      batch.removed();
    } else if (error == -Errno.EISDIR) {
      batch.directory(path(name));
    } else if (error != -Errno.ENOENT) {
      Path path = path(name);
      batch.failed(path, Errno.exception(path, -error));
    }
  }

  private static Path path(NameInBuffer name) {
    return Names.resolve(SELF, name.bytes());
  }

  @Override
  public void move(Path name, OpenDirectory target, Path newName) throws IOException {
    check(name, newName, move(name, target, newName, true));
  }

  @Override
  public void renameNoReplace(Path name, OpenDirectory target, Path newName) throws IOException {
    int error = move(name, target, newName, false);
    if (Errno.isUnknownFlag(-error)) {
      moveWithoutFlag(name, target, newName);
    } else {
      check(name, newName, error);
    }
  }

  /**
   * Moves an entry on a file system that does not support {@code RENAME_NOREPLACE}. A file gets its
   * second name by link(2), which replaces nothing, before it loses the first one. A directory is
   * renamed if nothing has the new name: rename(2) replaces no file by a directory, and no
   * directory but an empty one.
   */
  private void moveWithoutFlag(Path name, OpenDirectory target, Path newName) throws IOException {
    if (stat(name).kind() == FileKind.DIRECTORY) {
      OpenDirectory.super.renameNoReplace(name, target, newName);
      return;
    }
    ThreadBuffers buffers = buffers();
    int to = ((LinuxDirectory) target).descriptor;
    MemorySegment first = buffers.firstName(name);
    check(name, newName, buffers.calls.link(descriptor, first, to, buffers.secondName(newName)));
    deleteFile(name);
  }

  private int move(Path name, OpenDirectory target, Path newName, boolean replace)
      throws IOException {
    OpenDirectory.requireSingleName(name);
    OpenDirectory.requireSingleName(newName);
    ThreadBuffers buffers = buffers();
    int to = ((LinuxDirectory) target).descriptor;
    MemorySegment first = buffers.firstName(name);
    return buffers.calls.move(descriptor, first, to, buffers.secondName(newName), replace);
  }

  private static void check(Path name, Path newName, int error) throws IOException {
    if (error == -Errno.EXDEV) {
      throw new AtomicMoveNotSupportedException(
          name.toString(), newName.toString(), "it lies on another file system");
    }
    check(error == -Errno.EEXIST ? newName : name, error);
  }

  @Override
  public FileChannel openFile(Path name, OpenOption... options) throws IOException {
    OpenDirectory.requireSingleName(name);
    Set<OpenOption> all = new HashSet<>(Set.of(options));
    all.add(LinkOption.NOFOLLOW_LINKS);
    return FileChannel.open(self().resolve(name), all);
  }

  @Override
  public void sync() throws IOException {
    try (FileChannel channel = FileChannel.open(self(), StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** A path that always leads to this directory, even if it was moved: proc(5). */
  private Path self() {
    return Path.of("/proc/self/fd", Integer.toString(descriptor));
  }

  @Override
  public Iterator<Path> names() {
    return names;
  }

  /** Iterates over the names, and reads one buffer of them at a time. */
  private final class Listing implements Iterator<Path> {
    private final Deque<Path> read = new ArrayDeque<>();
    private boolean atEnd;

    @Override
    public boolean hasNext() {
      while (read.isEmpty() && !atEnd) {
        fill();
      }
      return !read.isEmpty();
    }

    @Override
    public Path next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return read.remove();
    }

    private void fill() {
      ThreadBuffers buffers = buffers();
      NameInBuffer name = buffers.name;
      int bytes = buffers.calls.read(descriptor, buffers.buffer);
      if (bytes < 0) {
        throw new DirectoryIteratorException(Errno.exception(SELF, -bytes));
      }
      atEnd = bytes == 0;
      for (int at = 0; at < bytes; at = name.next(at)) {
        name.set(buffers.buffer, at);
        if (!name.isDots()) {
          read.add(path(name));
        }
      }
    }
  }

  @Override
  public void close() {
    if (descriptor != CLOSED) {
      buffers().calls.close(descriptor);
      descriptor = CLOSED;
    }
  }
}
