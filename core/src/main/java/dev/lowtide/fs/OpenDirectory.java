package dev.lowtide.fs;

import dev.lowtide.FileKind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
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

  /**
   * What a name stands for, or the directory itself.
   *
   * @param bornNanos when it was made, in nanoseconds since 1970; 0 where that is not told
   */
  record Found(FileKind kind, FileKey key, long bornNanos) {
    static Found of(BasicFileAttributes attributes) {
      FileKind kind =
          attributes.isSymbolicLink()
              ? FileKind.SYMLINK
              : attributes.isDirectory()
                  ? FileKind.DIRECTORY
                  : attributes.isRegularFile() ? FileKind.REGULAR : FileKind.OTHER;
      // What the JDK calls the time of creation is that of the modification before JDK 22
      return new Found(kind, FileKey.of(attributes), 0);
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
    static final int UNKNOWN_PERMISSIONS = -1;

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

    /** The constants stand in the order of the bits, from that of the owner's reading down. */
    private static int bits(Set<PosixFilePermission> permissions) {
      int bits = 0;
      for (PosixFilePermission permission : permissions) {
        bits |= 0400 >> permission.ordinal();
      }
      return bits;
    }
  }

  /** The names in it, as they come; to be asked once. */
  Iterator<Path> names();

  Found look(Path name) throws IOException;

  Found lookAtSelf() throws IOException;

  /** Who may do what in this directory. */
  Access access() throws IOException;

  /** Opens a directory in it. */
  OpenDirectory open(Path name) throws IOException;

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
   * Opens a directory by its path.
   *
   * @param directory absolute
   * @param insecureAllowed whether to go by paths where the file system offers nothing better
   * @throws ReplacedException if a part of the path is a symbolic link or no directory
   * @throws InsecureFileSystemException if the file system offers nothing better than paths
   */
  static OpenDirectory at(Path directory, boolean insecureAllowed) throws IOException {
    requireNames(directory);
    Path root = directory.getRoot();
    if (root == null) {
      throw new IOException("Not an absolute path: " + directory);
    }
    Optional<OpenDirectory> direct = NativeLayer.openDirectory(directory);
    if (direct.isPresent()) {
      return direct.get();
    }
    OpenDirectory current = openRoot(root, insecureAllowed);
    Path reached = root;
    for (Path component : directory) {
      OpenDirectory above = current;
      reached = reached.resolve(component);
      try (above) {
        current = openChecked(above, component, above.look(component), reached);
      }
    }
    return current;
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

  /** Opens a directory that was seen, and makes sure that it is that one. */
  static OpenDirectory openChecked(OpenDirectory parent, Path name, Found seen, Path path)
      throws IOException {
    if (seen.kind() != FileKind.DIRECTORY) {
      throw new ReplacedException(path);
    }
    OpenDirectory opened;
    try {
      opened = parent.open(name);
    } catch (NotDirectoryException e) {
      throw new ReplacedException(path);
    }
    try {
      if (!opened.lookAtSelf().equals(seen)) {
        throw new ReplacedException(path);
      }
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  @SuppressWarnings("StreamResourceLeak") // what is returned closes it
  private static OpenDirectory openRoot(Path root, boolean insecureAllowed) throws IOException {
    Optional<OpenDirectory> opened = NativeLayer.openDirectory(root);
    if (opened.isPresent()) {
      return opened.get();
    }
    DirectoryStream<Path> stream = Files.newDirectoryStream(root);
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return new Anchored(secure);
    }
    stream.close();
    if (!insecureAllowed) {
      throw new InsecureFileSystemException(root);
    }
    return ByPath.at(root);
  }

  /** By way of {@link SecureDirectoryStream}: every operation is relative to a descriptor. */
  record Anchored(SecureDirectoryStream<Path> stream) implements OpenDirectory {
    @Override
    public Iterator<Path> names() {
      return stream.iterator();
    }

    @Override
    public Found look(Path name) throws IOException {
      OpenDirectory.requireSingle(name);
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
    public Access access() throws IOException {
      return Access.of(stream.getFileAttributeView(PosixFileAttributeView.class));
    }

    @Override
    public OpenDirectory open(Path name) throws IOException {
      OpenDirectory.requireSingle(name);
      return new Anchored(stream.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS));
    }

    @Override
    public void deleteFile(Path name) throws IOException {
      OpenDirectory.requireSingle(name);
      stream.deleteFile(name);
    }

    @Override
    public void deleteDirectory(Path name) throws IOException {
      OpenDirectory.requireSingle(name);
      stream.deleteDirectory(name);
    }

    @Override
    public void move(Path name, OpenDirectory target, Path newName) throws IOException {
      OpenDirectory.requireSingle(name);
      OpenDirectory.requireSingle(newName);
      stream.move(name, ((Anchored) target).stream, newName);
    }

    @Override
    public FileChannel openFile(Path name, OpenOption... options) throws IOException {
      OpenDirectory.requireSingle(name);
      Set<OpenOption> all = new HashSet<>(Set.of(options));
      all.add(LinkOption.NOFOLLOW_LINKS);
      return (FileChannel) stream.newByteChannel(name, all);
    }

    @Override
    public void sync() throws IOException {
      Path self = Path.of(".");
      try (SeekableByteChannel channel =
          stream.newByteChannel(self, Set.of(StandardOpenOption.READ))) {
        ((FileChannel) channel).force(true);
      } catch (ProviderMismatchException e) {
        // a file system in memory
      }
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /**
   * By paths, for file systems without descriptors. Somebody who swaps directories meanwhile can
   * lead it astray.
   */
  record ByPath(Path directory, DirectoryStream<Path> stream) implements OpenDirectory {
    @SuppressWarnings("StreamResourceLeak") // what is returned closes it
    static ByPath at(Path directory) throws IOException {
      return new ByPath(directory, Files.newDirectoryStream(directory));
    }

    @Override
    public Iterator<Path> names() {
      return stream.iterator();
    }

    @Override
    public Found look(Path name) throws IOException {
      return lookAt(directory.resolve(name));
    }

    @Override
    public Found lookAtSelf() throws IOException {
      return lookAt(directory);
    }

    private static Found lookAt(Path path) throws IOException {
      return Found.of(
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    }

    @Override
    public Access access() throws IOException {
      return Access.of(
          Files.getFileAttributeView(
              directory, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS));
    }

    @Override
    public OpenDirectory open(Path name) throws IOException {
      return at(directory.resolve(name));
    }

    @Override
    public void deleteFile(Path name) throws IOException {
      Files.delete(directory.resolve(name));
    }

    @Override
    public void deleteDirectory(Path name) throws IOException {
      Files.delete(directory.resolve(name));
    }

    @Override
    public void move(Path name, OpenDirectory target, Path newName) throws IOException {
      Files.move(directory.resolve(name), ((ByPath) target).directory.resolve(newName));
    }

    @Override
    public FileChannel openFile(Path name, OpenOption... options) throws IOException {
      Set<OpenOption> all = new HashSet<>(Set.of(options));
      all.add(LinkOption.NOFOLLOW_LINKS);
      return FileChannel.open(directory.resolve(name), all);
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
