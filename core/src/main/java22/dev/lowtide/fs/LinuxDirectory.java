package dev.lowtide.fs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
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

/**
 * A directory by its descriptor. Names go to the kernel as the bytes that they are.
 *
 * <p>Opening never hangs: the kernel refuses what is no directory before it would open it.
 */
final class LinuxDirectory implements OpenDirectory {
  private static final int CLOSED = -1;
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final Path DIRECTORY_ITSELF = Path.of("");

  private final Libc libc;
  private int descriptor;

  private LinuxDirectory(Libc libc, int descriptor) {
    this.libc = libc;
    this.descriptor = descriptor;
  }

  static Optional<OpenDirectory> open(Libc libc, Path directory) {
    if (!directory.getFileSystem().equals(FileSystems.getDefault())) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      Libc.Calls calls = libc.new Calls(arena);
      MemorySegment path = Libc.nulTerminated(directory, arena);
      int opened =
          directory.getNameCount() == 0
              ? calls.openDirectory(Libc.AT_FDCWD, path)
              : calls.openDirectoryWithoutLinks(path);
      return opened < 0 ? Optional.empty() : Optional.of(new LinuxDirectory(libc, opened));
    }
  }

  /** A call with one name; the negated error if it fails. */
  private interface Call {
    int on(Libc.Calls calls, MemorySegment name);
  }

  private int call(Path name, Call call) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int result = call.on(libc.new Calls(arena), nulTerminated(name, arena));
      if (result < 0) {
        throw Libc.exception(name, -result);
      }
      return result;
    }
  }

  private static MemorySegment nulTerminated(Path name, Arena arena) {
    byte[] bytes = Names.bytes(name);
    MemorySegment segment = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
    return segment;
  }

  @Override
  public Found look(Path name) throws IOException {
    OpenDirectory.requireSingle(name);
    return stat(name);
  }

  @Override
  public Found lookAtSelf() throws IOException {
    return stat(DIRECTORY_ITSELF);
  }

  private Found stat(Path name) throws IOException {
    Stat stat = new Stat();
    call(
        name,
        (calls, bytes) -> {
          int error = calls.stat(descriptor, bytes);
          calls.fill(stat);
          return error;
        });
    return new Found(stat.kind(), new FileKey(stat.device(), stat.inode()), stat.bornNanos);
  }

  @Override
  public Access access() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Libc.Calls calls = libc.new Calls(arena);
      int error = calls.stat(descriptor, arena.allocate(1));
      if (error < 0) {
        throw Libc.exception(DIRECTORY_ITSELF, -error);
      }
      return calls.access();
    }
  }

  @Override
  public OpenDirectory open(Path name) throws IOException {
    OpenDirectory.requireSingle(name);
    return new LinuxDirectory(
        libc, call(name, (calls, bytes) -> calls.openDirectory(descriptor, bytes)));
  }

  @Override
  public void deleteFile(Path name) throws IOException {
    OpenDirectory.requireSingle(name);
    call(name, (calls, bytes) -> calls.deleteFile(descriptor, bytes));
  }

  @Override
  public void deleteDirectory(Path name) throws IOException {
    OpenDirectory.requireSingle(name);
    call(name, (calls, bytes) -> calls.deleteDirectory(descriptor, bytes));
  }

  @Override
  public void move(Path name, OpenDirectory target, Path newName) throws IOException {
    move(name, target, newName, true);
  }

  @Override
  public void moveIfAbsent(Path name, OpenDirectory target, Path newName) throws IOException {
    move(name, target, newName, false);
  }

  private void move(Path name, OpenDirectory target, Path newName, boolean replace)
      throws IOException {
    OpenDirectory.requireSingle(name);
    OpenDirectory.requireSingle(newName);
    try (Arena arena = Arena.ofConfined()) {
      int error =
          libc.new Calls(arena)
              .move(
                  descriptor,
                  nulTerminated(name, arena),
                  ((LinuxDirectory) target).descriptor,
                  nulTerminated(newName, arena),
                  replace);
      if (error < 0) {
        throw Libc.exception(-error == Libc.EEXIST ? newName : name, -error);
      }
    }
  }

  @Override
  public FileChannel openFile(Path name, OpenOption... options) throws IOException {
    OpenDirectory.requireSingle(name);
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

  /** What the kernel takes for this directory, wherever it has been moved to: proc(5). */
  private Path self() {
    return Path.of("/proc/self/fd", Integer.toString(descriptor));
  }

  @Override
  public Iterator<Path> names() {
    return new Reader();
  }

  /** Reads a buffer of names at a time. */
  private final class Reader implements Iterator<Path> {
    private final Deque<Path> names = new ArrayDeque<>();
    private boolean atEnd;

    @Override
    public boolean hasNext() {
      while (names.isEmpty() && !atEnd) {
        read();
      }
      return !names.isEmpty();
    }

    @Override
    public Path next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return names.remove();
    }

    private void read() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
        int bytes = libc.new Calls(arena).read(descriptor, buffer);
        if (bytes < 0) {
          throw new DirectoryIteratorException(Libc.exception(DIRECTORY_ITSELF, -bytes));
        }
        atEnd = bytes == 0;
        Libc.NameInBuffer name = new Libc.NameInBuffer();
        for (int at = 0; at < bytes; at = name.next(at)) {
          name.set(buffer, at);
          if (!name.isDots()) {
            names.add(Names.resolve(DIRECTORY_ITSELF, name.bytes()));
          }
        }
      }
    }
  }

  @Override
  public void close() {
    if (descriptor != CLOSED) {
      try (Arena arena = Arena.ofConfined()) {
        libc.new Calls(arena).close(descriptor);
      }
      descriptor = CLOSED;
    }
  }
}
