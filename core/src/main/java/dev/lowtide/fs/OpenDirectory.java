package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is held open, so that what is done to its names is done in it, whatever has
 * meanwhile taken its place.
 *
 * <p>Names are single names, never dots; symbolic links are never followed. Exceptions name what
 * they can, which may be the last name only: whoever knows the full path says it.
 *
 * <p>For one thread at a time, but for {@link #look}, {@link #open} and what deletes and moves.
 */
interface OpenDirectory extends Closeable {
  /** Enough to make up for what is done for each batch; few enough to stop in time. */
  int BATCH_NAMES = 500;

  /**
   * What a name stands for, or the directory itself.
   *
   * @param bornNanos when it was made, in nanoseconds since 1970; 0 where that is not told
   * @param mount whether something is mounted here; false where that is not told
   */
  record Found(FileKind kind, FileKey key, long bornNanos, boolean mount) {
    static Found of(BasicFileAttributes attributes) {
      FileKind kind =
          attributes.isSymbolicLink()
              ? FileKind.SYMLINK
              : attributes.isDirectory()
                  ? FileKind.DIRECTORY
                  : attributes.isRegularFile() ? FileKind.REGULAR : FileKind.OTHER;
      // What the JDK calls the time of creation is that of the modification before JDK 22
      return new Found(kind, FileKey.of(attributes), 0, false);
    }

    boolean isSameFile(FileIdentity expected) {
      return expected.isSameFile(
          new FileIdentity(kind, key.device(), key.inode(), expected.changedNanos(), bornNanos));
    }
  }

  /**
   * Who may do what in a directory.
   *
   * @param owner the numeric user id, or {@link Stat#UNKNOWN_OWNER}
   * @param permissions the nine bits as in {@code chmod}, or {@link #UNKNOWN_PERMISSIONS}
   */
  record Access(int owner, int permissions) {
    static final int BITS = 0777;
    static final int OWNER_ALL = 0700;
    static final int UNKNOWN_PERMISSIONS = -1;

    private static final List<PosixFilePermission> FROM_HIGHEST_BIT =
        List.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE,
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    static final Access UNKNOWN = new Access(Stat.UNKNOWN_OWNER, UNKNOWN_PERMISSIONS);

    static Access of(@Nullable PosixFileAttributeView view) throws IOException {
      if (view == null) {
        return UNKNOWN;
      }
      PosixFileAttributes attributes = view.readAttributes();
      return new Access(uid(attributes.owner()), bits(attributes.permissions()));
    }

    /**
     * The {@code unix} view has it as a number, but only for paths. The hash code is that number:
     * {@code sun.nio.fs.UnixUserPrincipals.User}, JDK 17 to 25.
     */
    private static int uid(UserPrincipal owner) {
      return owner.getClass().getName().equals("sun.nio.fs.UnixUserPrincipals$User")
          ? owner.hashCode()
          : Stat.UNKNOWN_OWNER;
    }

    static Set<PosixFilePermission> permissions(int bits) {
      Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
      int bit = 0400;
      for (PosixFilePermission permission : FROM_HIGHEST_BIT) {
        if ((bits & bit) != 0) {
          permissions.add(permission);
        }
        bit >>= 1;
      }
      return permissions;
    }

    private static int bits(Set<PosixFilePermission> permissions) {
      int bits = 0;
      for (PosixFilePermission permission : FROM_HIGHEST_BIT) {
        bits = bits << 1 | (permissions.contains(permission) ? 1 : 0);
      }
      return bits;
    }
  }

  /** What becomes of a batch of names. */
  interface Batch {
    /** A file is gone. */
    void removed();

    /** There is a directory, as far as one can tell from outside. */
    void directory(Path name);

    void failed(Path name, IOException cause);
  }

  /** The names in it, as they come; always the same iterator. */
  Iterator<Path> names();

  /**
   * Reads some of the names and removes the files among them, which is what is no directory; what
   * is gone meanwhile is passed over.
   *
   * @return whether there may be more names
   * @throws IOException if the names cannot be read
   */
  default boolean removeFiles(Batch batch) throws IOException {
    Iterator<Path> names = names();
    try {
      for (int i = 0; i < BATCH_NAMES; i++) {
        if (!names.hasNext()) {
          return false;
        }
        removeFile(names.next().getFileName(), batch);
      }
      return true;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void removeFile(Path name, Batch batch) {
    try {
      if (look(name).kind() == FileKind.DIRECTORY) {
        batch.directory(name);
      } else {
        deleteFile(name);
        batch.removed();
      }
    } catch (NoSuchFileException e) {
      // gone meanwhile
    } catch (IOException e) {
      batch.failed(name, e);
    }
  }

  /** Whether {@link Found#mount} can be trusted here. */
  default boolean tellsMounts() {
    return false;
  }

  Found look(Path name) throws IOException;

  Found lookAtSelf() throws IOException;

  /** Looks at the directory that holds this one now. */
  Found lookAbove() throws IOException;

  /** When a name of this directory was last modified, in nanoseconds since 1970. */
  long modifiedNanos(Path name) throws IOException;

  /** Who may do what in this directory. */
  Access access() throws IOException;

  /**
   * Changes who may do what in this directory.
   *
   * @param permissions the nine bits as in {@code chmod}
   */
  void setPermissions(int permissions) throws IOException;

  /**
   * Permits this user to change the directory, if it is this user's and only its permissions forbid
   * it.
   *
   * @return the permissions that it had; empty if nothing was changed
   */
  default OptionalInt permitChanges() throws IOException {
    Access access = access();
    int user = Stat.currentUser();
    int wanted = access.permissions() | Access.OWNER_ALL;
    if (access.permissions() == Access.UNKNOWN_PERMISSIONS
        || access.permissions() == wanted
        || user == Stat.UNKNOWN_OWNER
        || access.owner() != user) {
      return OptionalInt.empty();
    }
    setPermissions(wanted);
    return OptionalInt.of(access.permissions());
  }

  /**
   * Makes a file system of layers, such as fuse-overlayfs, take its own copy of this directory now:
   * the copy has another inode, which must not come up while the directory is being emptied.
   */
  default void settle() throws IOException {
    try {
      setPermissions(access().permissions());
    } catch (AccessDeniedException e) {
      // another user's, which then is not settled
    }
  }

  /** Opens a directory in it. */
  OpenDirectory open(Path name) throws IOException;

  /** Opens the directory that holds this one now. */
  OpenDirectory above() throws IOException;

  void deleteFile(Path name) throws IOException;

  void deleteDirectory(Path name) throws IOException;

  /** Moves a name of this directory to another directory of the same kind. */
  void move(Path name, OpenDirectory target, Path newName) throws IOException;

  /**
   * Moves a name of this directory to another directory of the same kind, on the same file system,
   * where nothing has the new name.
   *
   * <p>The native layer leaves it to the kernel that nothing is replaced: renameat2(2) with {@code
   * RENAME_NOREPLACE}, Linux 3.15. The portable one has no such call and looks first: what somebody
   * creates under the new name between this look and the move is replaced, if it is a file or an
   * empty directory.
   *
   * @throws FileAlreadyExistsException if something has the new name; nothing was moved
   */
  default void moveIfAbsent(Path name, OpenDirectory target, Path newName) throws IOException {
    try {
      target.look(newName);
    } catch (NoSuchFileException e) {
      move(name, target, newName);
      return;
    }
    throw new FileAlreadyExistsException(newName.toString());
  }

  /** Opens or creates a file in it, for channels. */
  FileChannel openFile(Path name, OpenOption... options) throws IOException;

  /**
   * Makes what was done to the names of this directory last through a loss of power; nothing where
   * the operating system has no such call.
   */
  void sync() throws IOException;

  /**
   * Opens a directory by its path, in the best way that there is.
   *
   * @param directory absolute
   * @param insecureAllowed whether to go by paths where the file system offers nothing better
   * @throws ReplacedException if a part of the path is a symbolic link or no directory
   * @throws InsecureFileSystemException if the file system offers nothing better than paths
   */
  static OpenDirectory at(Path directory, boolean insecureAllowed) throws IOException {
    Path root = requireAbsolute(directory);
    Optional<OpenDirectory> direct = NativeLayer.openDirectory(directory);
    if (direct.isPresent()) {
      return direct.get();
    }
    Optional<OpenDirectory> opened = NativeLayer.openDirectory(root);
    return below(opened.isPresent() ? opened.get() : openRoot(root, insecureAllowed), directory);
  }

  /** As {@link #at}, by nothing but {@link java.nio.file}. */
  static OpenDirectory portably(Path directory, boolean insecureAllowed) throws IOException {
    return below(openRoot(requireAbsolute(directory), insecureAllowed), directory);
  }

  private static Path requireAbsolute(Path directory) throws IOException {
    requireNames(directory);
    Path root = directory.getRoot();
    if (root == null) {
      throw new IOException("Not an absolute path: " + directory);
    }
    return root;
  }

  /** Goes down name by name. */
  private static OpenDirectory below(OpenDirectory root, Path directory) throws IOException {
    OpenDirectory current = root;
    Path reached = requireNonNull(directory.getRoot());
    for (Path component : directory) {
      OpenDirectory above = current;
      reached = reached.resolve(component);
      try (above) {
        current = openChecked(above, component, above.look(component), reached);
      } catch (NoSuchFileException e) {
        throw new NoSuchFileException(reached.toString());
      }
    }
    return current;
  }

  /** The same exception with the whole path in place of the last name. */
  private static IOException inFull(Path path, IOException e) {
    String text = path.toString();
    if (e instanceof ReplacedException) {
      return new ReplacedException(path);
    } else if (e instanceof NoSuchFileException) {
      return new NoSuchFileException(text);
    } else if (e instanceof AccessDeniedException) {
      return new AccessDeniedException(text);
    } else if (e instanceof FileSystemException file) {
      return new FileSystemException(text, null, file.getReason());
    }
    return e;
  }

  /** An absolute path would leave the directory, and so would the one above. */
  static void requireSingle(Path name) throws IOException {
    requireNames(name);
    if (name.isAbsolute() || name.getNameCount() != 1 || name.toString().isEmpty()) {
      throw new IOException("Not the name of a file: " + name);
    }
  }

  /** The kernel would follow the one above like any other name. */
  static void requireNames(Path path) throws IOException {
    for (Path name : path) {
      if (name.toString().equals(".") || name.toString().equals("..")) {
        throw new IOException("The path contains '" + name + "': " + path);
      }
    }
  }

  /** As below, with the whole path in what is thrown. */
  static OpenDirectory openChecked(OpenDirectory parent, Path name, Found seen, Path path)
      throws IOException {
    try {
      return openChecked(parent, name, seen);
    } catch (IOException e) {
      throw inFull(path, e);
    }
  }

  /** Opens a directory that was seen, and makes sure that it is that one. */
  static OpenDirectory openChecked(OpenDirectory parent, Path name, Found seen) throws IOException {
    if (seen.kind() != FileKind.DIRECTORY) {
      throw new ReplacedException(name);
    }
    OpenDirectory opened;
    try {
      opened = parent.open(name);
    } catch (NotDirectoryException e) {
      throw new ReplacedException(name);
    }
    try {
      if (!opened.lookAtSelf().equals(seen)) {
        throw new ReplacedException(name);
      }
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  @SuppressWarnings("StreamResourceLeak") // what is returned closes it
  private static OpenDirectory openRoot(Path root, boolean insecureAllowed) throws IOException {
    DirectoryStream<Path> stream = Files.newDirectoryStream(root);
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return new Anchored(secure, root.getFileSystem().getPath(".."));
    }
    stream.close();
    if (!insecureAllowed) {
      throw new InsecureFileSystemException(root);
    }
    return new ByPath(root);
  }

  /**
   * By way of {@link SecureDirectoryStream}: every operation is relative to a descriptor.
   *
   * <p>Where a directory is replaced by a FIFO between the look at it and its opening, the JDK
   * waits for a writer; so a directory is opened under a {@link Deadline}. Each open that fails
   * costs a descriptor until the process ends, for JDK 25 does not close the one that it has
   * duplicated.
   */
  final class Anchored implements OpenDirectory {
    private final SecureDirectoryStream<Path> stream;
    private final Iterator<Path> names;
    private final Path dots;
    private final Duration deadline;

    /** Whether an open may still hang in it. The JDK lets nobody close a stream meanwhile. */
    private volatile boolean hangs;

    private Anchored(SecureDirectoryStream<Path> stream, Path dots) {
      this(stream, dots, Deadline.OPEN);
    }

    /**
     * @param dots the entry for the directory above, in the file system of the stream
     */
    Anchored(SecureDirectoryStream<Path> stream, Path dots, Duration deadline) {
      this.stream = stream;
      this.names = stream.iterator();
      this.dots = dots;
      this.deadline = deadline;
    }

    @Override
    public Iterator<Path> names() {
      return names;
    }

    @Override
    public Found look(Path name) throws IOException {
      requireSingle(name);
      return lookAt(name);
    }

    @Override
    public Found lookAbove() throws IOException {
      return lookAt(dots);
    }

    private Found lookAt(Path name) throws IOException {
      return Found.of(
          stream
              .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
              .readAttributes());
    }

    @Override
    public Found lookAtSelf() throws IOException {
      return Found.of(stream.getFileAttributeView(BasicFileAttributeView.class).readAttributes());
    }

    @Override
    public long modifiedNanos(Path name) throws IOException {
      requireSingle(name);
      return stream
          .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .readAttributes()
          .lastModifiedTime()
          .to(TimeUnit.NANOSECONDS);
    }

    @Override
    public Access access() throws IOException {
      return Access.of(stream.getFileAttributeView(PosixFileAttributeView.class));
    }

    @Override
    public void setPermissions(int permissions) throws IOException {
      stream
          .getFileAttributeView(PosixFileAttributeView.class)
          .setPermissions(Access.permissions(permissions));
    }

    @Override
    public OpenDirectory open(Path name) throws IOException {
      requireSingle(name);
      try {
        SecureDirectoryStream<Path> opened =
            Deadline.call(
                name, deadline, () -> stream.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS));
        return new Anchored(opened, dots, deadline);
      } catch (Deadline.MissedException e) {
        hangs = true;
        throw e;
      }
    }

    /** What holds a directory is one, so that its opening waits for nobody. */
    @Override
    public OpenDirectory above() throws IOException {
      return new Anchored(
          stream.newDirectoryStream(dots, LinkOption.NOFOLLOW_LINKS), dots, deadline);
    }

    @Override
    public void deleteFile(Path name) throws IOException {
      requireSingle(name);
      stream.deleteFile(name);
    }

    @Override
    public void deleteDirectory(Path name) throws IOException {
      requireSingle(name);
      stream.deleteDirectory(name);
    }

    @Override
    public void move(Path name, OpenDirectory target, Path newName) throws IOException {
      requireSingle(name);
      requireSingle(newName);
      stream.move(name, ((Anchored) target).stream, newName);
    }

    @Override
    public FileChannel openFile(Path name, OpenOption... options) throws IOException {
      requireSingle(name);
      Set<OpenOption> all = new HashSet<>(Set.of(options));
      all.add(LinkOption.NOFOLLOW_LINKS);
      return (FileChannel) stream.newByteChannel(name, all);
    }

    @Override
    public void sync() throws IOException {
      Path self = dots.getFileSystem().getPath(".");
      if (!self.getFileSystem().equals(FileSystems.getDefault())) {
        return; // in memory
      }
      try (FileChannel channel =
          (FileChannel) stream.newByteChannel(self, Set.of(StandardOpenOption.READ))) {
        channel.force(true);
      }
    }

    @Override
    public void close() throws IOException {
      if (hangs) {
        Deadline.closeWithoutWaiting(stream);
      } else {
        stream.close();
      }
    }
  }

  /**
   * By paths, for file systems without descriptors. Somebody who swaps directories meanwhile can
   * lead it astray.
   */
  final class ByPath implements OpenDirectory {
    private final Path directory;
    private final DirectoryStream<Path> stream;
    private final Iterator<Path> names;

    @SuppressWarnings("StreamResourceLeak") // close() closes it
    private ByPath(Path directory) throws IOException {
      this.directory = directory;
      this.stream = Files.newDirectoryStream(directory);
      this.names = stream.iterator();
    }

    private Path at(Path name) throws IOException {
      requireSingle(name);
      return directory.resolve(name);
    }

    @Override
    public Iterator<Path> names() {
      return names;
    }

    @Override
    public Found look(Path name) throws IOException {
      return lookAt(at(name));
    }

    @Override
    public Found lookAtSelf() throws IOException {
      return lookAt(directory);
    }

    @Override
    public Found lookAbove() throws IOException {
      return lookAt(requireNonNull(directory.getParent()));
    }

    private static Found lookAt(Path path) throws IOException {
      return Found.of(
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    }

    @Override
    public long modifiedNanos(Path name) throws IOException {
      return Files.getLastModifiedTime(at(name), LinkOption.NOFOLLOW_LINKS)
          .to(TimeUnit.NANOSECONDS);
    }

    @Override
    public void setPermissions(int permissions) throws IOException {
      Files.setPosixFilePermissions(directory, Access.permissions(permissions));
    }

    @Override
    public Access access() throws IOException {
      return Access.of(
          Files.getFileAttributeView(
              directory, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS));
    }

    @Override
    public OpenDirectory open(Path name) throws IOException {
      return new ByPath(at(name));
    }

    @Override
    public OpenDirectory above() throws IOException {
      return new ByPath(requireNonNull(directory.getParent()));
    }

    @Override
    public void deleteFile(Path name) throws IOException {
      Files.delete(at(name));
    }

    @Override
    public void deleteDirectory(Path name) throws IOException {
      Files.delete(at(name));
    }

    @Override
    public void move(Path name, OpenDirectory target, Path newName) throws IOException {
      Files.move(at(name), ((ByPath) target).at(newName));
    }

    @Override
    public FileChannel openFile(Path name, OpenOption... options) throws IOException {
      Set<OpenOption> all = new HashSet<>(Set.of(options));
      all.add(LinkOption.NOFOLLOW_LINKS);
      return FileChannel.open(at(name), all);
    }

    @Override
    public void sync() {
      // a directory cannot be opened as a file
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }
}
