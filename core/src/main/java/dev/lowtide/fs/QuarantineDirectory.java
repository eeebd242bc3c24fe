package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of this user alone, into which trees are moved before they go: one rename takes a
 * tree from its place as a whole, and whatever happens then, its place is empty and what is left of
 * it lies here under a {@link QuarantineName}.
 *
 * <p>It holds those trees, for each a record with the same id, and what makes it one: a lock, a
 * {@code CACHEDIR.TAG} for backups and a {@code .gitignore}. All of it is addressed relative to the
 * open directory.
 *
 * <p>A process that changes something holds the lock, {@link FileChannel#tryLock} on the file of
 * that name: it is meant for Lowtide's own processes, on a file that nothing else opens, and goes
 * with the process. For one thread.
 */
public final class QuarantineDirectory implements Closeable {
  /** What the name of each quarantine begins with, whosever it is. */
  public static final String NAME_PREFIX = ".lowtide-trash";

  /** The names of all users' quarantines. */
  private static final Pattern NAME = Pattern.compile("\\.lowtide-trash(-[0-9]+)?");

  /** Whether a path is named as a quarantine is. */
  public static boolean isNamedLikeOne(Path path) {
    Path name = path.getFileName();
    return name != null && NAME.matcher(name.toString()).matches();
  }

  /** Whether a path is, or lies in, something that is named as a quarantine is. */
  public static boolean isNamedLikeOneOrBelow(Path path) {
    return Stream.iterate(path, Objects::nonNull, Path::getParent)
        .anyMatch(QuarantineDirectory::isNamedLikeOne);
  }

  private static final String LOCK = "lock";

  /** Cache Directory Tagging Specification 0.6; gitignore(5). */
  private static final Map<String, String> SIGNS =
      Map.of(
          "CACHEDIR.TAG",
          """
          Signature: 8a477f597d28d172789f06886806bc55
          # Lowtide keeps here what it removes; 'lowtide trash list' tells more.
          """,
          ".gitignore",
          "*\n");

  private static final Pattern RECORD = Pattern.compile("[0-9a-f]{16}\\.json");

  /** A record is a few hundred bytes and a path of 4096 at the most, each byte escaped. */
  private static final int MOST_RECORD_BYTES = 64 * 1024;

  /** How often another process may remove the empty directory before we give up. */
  private static final int ATTEMPTS = 5;

  private static final Set<Path> CLAIMED_HERE = ConcurrentHashMap.newKeySet();

  /** Never closed, so that the lock of this process on the same file lasts. */
  private static final Set<FileChannel> LEFT_OPEN = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final boolean insecureAllowed;
  private final OpenDirectory directory;
  private final @Nullable FileChannel lock;

  private QuarantineDirectory(
      Path path, boolean insecureAllowed, OpenDirectory directory, @Nullable FileChannel lock) {
    this.path = path;
    this.insecureAllowed = insecureAllowed;
    this.directory = directory;
    this.lock = lock;
  }

  /** What lies in it. */
  public record Contents(List<QuarantineName> trees, Set<String> records, List<Path> unknown) {
    public Contents {
      trees = List.copyOf(trees);
      records = Set.copyOf(records);
      unknown = List.copyOf(unknown);
    }
  }

  /** Where the quarantine of a directory is, in it. */
  public static Path in(Path directory) {
    return directory.resolve(name(directory));
  }

  /** Where the quarantine of a directory is that must hold nothing but its own, beside it. */
  public static Path beside(Path directory) {
    String own = name(directory) + "-";
    byte[] ofDirectory = Names.bytes(directory);
    byte[] name = new byte[own.length() + ofDirectory.length];
    System.arraycopy(own.getBytes(UTF_8), 0, name, 0, own.length());
    System.arraycopy(ofDirectory, 0, name, own.length(), ofDirectory.length);
    Path parent = directory.getParent();
    return Names.resolve(parent == null ? directory : parent, name);
  }

  /** Each user has one, also where all may write, as in {@code /tmp}. */
  private static String name(Path directory) {
    int user = knowsUsers(directory) ? Stat.currentUser() : Stat.UNKNOWN_OWNER;
    return user == Stat.UNKNOWN_OWNER
        ? NAME_PREFIX
        : NAME_PREFIX + "-" + Integer.toUnsignedString(user);
  }

  /** The numbers of another file system's users say nothing about this machine's. */
  private static boolean knowsUsers(Path path) {
    return path.getFileSystem().equals(FileSystems.getDefault());
  }

  /**
   * Opens one that is there, to look at it.
   *
   * @throws NoSuchFileException if there is none
   * @throws QuarantineRefusedException if it is not this user's alone
   */
  public static QuarantineDirectory open(Path path, boolean insecureAllowed) throws IOException {
    return new QuarantineDirectory(path, insecureAllowed, openOwn(path, insecureAllowed), null);
  }

  /**
   * Opens one that is there and keeps other processes from changing it.
   *
   * @throws NoSuchFileException if there is none
   * @throws QuarantineRefusedException if it is not this user's alone, or another process or thread
   *     has claimed it
   */
  public static QuarantineDirectory claim(Path path, boolean insecureAllowed) throws IOException {
    return claim(path, insecureAllowed, false);
  }

  /**
   * Opens it, made if need be, and keeps other processes from changing it.
   *
   * @throws NotMovedException if it cannot be made or locked
   * @throws QuarantineRefusedException as for {@link #claim}
   */
  public static QuarantineDirectory make(Path path, boolean insecureAllowed) throws IOException {
    try {
      return claim(path, insecureAllowed, true);
    } catch (QuarantineRefusedException | InsecureFileSystemException | InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new NotMovedException(
          Problem.of(path, "make a quarantine at", e).toString(),
          e,
          requireNonNull(path.getParent()));
    }
  }

  private static QuarantineDirectory claim(Path path, boolean insecureAllowed, boolean make)
      throws IOException {
    if (!CLAIMED_HERE.add(path)) {
      throw busy(path);
    }
    QuarantineDirectory claimed = null;
    try {
      for (int attempt = 1; claimed == null; attempt++) {
        boolean made = make && makeDirectory(path);
        try {
          claimed = lock(path, insecureAllowed, made);
        } catch (NoSuchFileException e) {
          // another process has removed it, empty
          if (!make || attempt == ATTEMPTS) {
            throw e;
          }
        }
      }
      return claimed;
    } finally {
      if (claimed == null) {
        CLAIMED_HERE.remove(path);
      }
    }
  }

  private static boolean makeDirectory(Path path) throws IOException {
    FileAttribute<?>[] own =
        path.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
            }
            : new FileAttribute<?>[0];
    try {
      Files.createDirectory(path, own);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  private static OpenDirectory openOwn(Path path, boolean insecureAllowed) throws IOException {
    Path parentPath = path.getParent();
    Path name = path.getFileName();
    if (parentPath == null || name == null) {
      throw new QuarantineRefusedException(path + " is no place for a quarantine");
    }
    OpenDirectory opened;
    try (OpenDirectory parent = OpenDirectory.at(parentPath, insecureAllowed)) {
      FileStatus found = parent.stat(name);
      if (found.kind() != FileKind.DIRECTORY) {
        throw new QuarantineRefusedException(
            Printable.of(path)
                + (found.kind() == FileKind.SYMLINK ? " is a symbolic link" : " is not a directory")
                + ", and Lowtide puts there what it removes; look who made it, and remove it");
      }
      opened = OpenDirectory.openChecked(parent, name, found, path);
    }
    try {
      requireOwn(opened.access(), path);
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  private static void requireOwn(Access access, Path path) throws IOException {
    int user = Stat.currentUser();
    if (knowsUsers(path)
        && access.owner() != Stat.UNKNOWN_OWNER
        && user != Stat.UNKNOWN_OWNER
        && access.owner() != user) {
      throw new QuarantineRefusedException(
          Printable.of(path)
              + " belongs to user "
              + Integer.toUnsignedString(access.owner())
              + ", and Lowtide puts there what it removes; look who made it, and remove it");
    }
    if (access.permissions() != Access.UNKNOWN_PERMISSIONS && (access.permissions() & 077) != 0) {
      throw new QuarantineRefusedException(
          Printable.of(path)
              + " is open to other users, and Lowtide puts there what it removes; if you made it,"
              + " chmod 700 it");
    }
  }

  private static QuarantineDirectory lock(Path path, boolean insecureAllowed, boolean made)
      throws IOException {
    OpenDirectory directory;
    try {
      directory = openOwn(path, insecureAllowed);
    } catch (QuarantineRefusedException e) {
      if (made) {
        // FAT and its like give every file the owner and the permissions of the mount
        new TreeRemover(insecureAllowed).removeIfEmpty(path, Stat.of(path).identity());
        throw new IOException("the file system cannot keep it from other users");
      }
      throw e;
    }
    FileChannel lock = null;
    FileIdentity identity = null;
    try {
      identity = QuarantineName.identity(directory.statSelf());
      Path name = path.getFileSystem().getPath(LOCK);
      try {
        directory.openFile(name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE).close();
      } catch (FileAlreadyExistsException e) {
        // from a process that holds it, or ended without removing it
      }
      FileStatus before = directory.stat(name);
      lock = openThere(directory, path, name, before, StandardOpenOption.WRITE);
      boolean free;
      try {
        free = lock.tryLock() != null;
      } catch (OverlappingFileLockException e) {
        // Claimed in this process by another name; to close a channel of the file would end that
        // lock, fcntl(2)
        LEFT_OPEN.add(lock);
        lock = null;
        free = false;
      }
      if (!free) {
        throw busy(path);
      }
      if (!directory.stat(name).equals(before)) {
        throw new NoSuchFileException(path.toString()); // its last holder has removed it
      }
      QuarantineDirectory claimed = new QuarantineDirectory(path, insecureAllowed, directory, lock);
      claimed.signOrVanish();
      return claimed;
    } catch (IOException e) {
      FileChannel closing = lock;
      try (directory;
          closing) {
        if (made && identity != null) {
          new TreeRemover(insecureAllowed).removeIfEmpty(path, identity);
        }
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /**
   * Opens a file that was seen. Where a named pipe has taken its place since, that would wait for
   * its other end.
   */
  private static FileChannel openThere(
      OpenDirectory directory, Path path, Path name, FileStatus seen, OpenOption option)
      throws IOException {
    Path file = path.resolve(name);
    if (seen.kind() != FileKind.REGULAR) {
      throw new QuarantineRefusedException(
          Printable.of(file)
              + " is not a regular file, and Lowtide keeps its own there; look who made it, and"
              + " remove it");
    }
    return Deadline.call(file, ForeignFile.PATIENCE, () -> directory.openFile(name, option));
  }

  private static QuarantineRefusedException busy(Path path) {
    return new QuarantineRefusedException(
        "another Lowtide is at work in " + Printable.of(path) + "; try again when it has ended");
  }

  /** On a full disk nothing is left that was half made. */
  private void signOrVanish() throws IOException {
    try {
      sign();
    } catch (IOException e) {
      try {
        removeIfEmpty();
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private void sign() throws IOException {
    for (Map.Entry<String, String> sign : SIGNS.entrySet()) {
      try {
        write(name(sign.getKey()), sign.getValue().getBytes(UTF_8), false);
      } catch (FileAlreadyExistsException e) {
        // from before
      }
    }
  }

  private Path name(String name) {
    return path.getFileSystem().getPath(name);
  }

  private Path name(QuarantineName name) {
    return name(name.toString());
  }

  private static String recordOf(String id) {
    return id + ".json";
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Where a tree is. */
  public Path path(QuarantineName tree) {
    return path.resolve(tree.toString());
  }

  /** What lies in it now, in the order of the names. */
  public Contents contents() throws IOException {
    List<QuarantineName> trees = new ArrayList<>();
    Set<String> records = new TreeSet<>();
    List<Path> unknown = new ArrayList<>();
    for (Path name : names()) {
      Optional<QuarantineName> tree = QuarantineName.parse(name);
      String text = name.toString();
      if (tree.isPresent()) {
        trees.add(tree.get());
      } else if (RECORD.matcher(text).matches()) {
        records.add(text.substring(0, text.indexOf('.')));
      } else if (!text.equals(LOCK) && !SIGNS.containsKey(text)) {
        unknown.add(path.resolve(name));
      }
    }
    return new Contents(trees, records, unknown);
  }

  private Set<Path> names() throws IOException {
    Set<Path> names = new TreeSet<>();
    // A stream of names is read once, so it needs a directory opened anew
    try (OpenDirectory again = openOwn(path, insecureAllowed)) {
      if (!again.statSelf().equals(directory.statSelf())) {
        throw new ReplacedException(path);
      }
      for (Iterator<Path> each = again.names(); each.hasNext(); ) {
        names.add(each.next().getFileName());
      }
      return names;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /**
   * What a tree's root is now, if it is what its name says; empty if something else has the name.
   *
   * @throws NoSuchFileException if nothing has the name
   */
  public Optional<FileIdentity> identity(QuarantineName tree) throws IOException {
    FileStatus found = directory.stat(name(tree));
    long modified = tree.tellsModified() ? directory.modifiedNanos(name(tree)) : 0;
    return tree.isNameOf(found, modified)
        ? Optional.of(QuarantineName.identity(found))
        : Optional.empty();
  }

  /**
   * Moves a tree in with one rename, and makes sure that it was the expected one; if not, it is put
   * back.
   *
   * @param tree absolute
   * @param id new
   * @param untilSecond as for {@link QuarantineName}
   * @throws NoSuchFileException if there is nothing
   * @throws ReplacedException if something else is there
   * @throws NotMovedException if it cannot be moved
   * @throws IOException if it cannot be told what was moved, or something else was and cannot be
   *     put back; the message says where it is
   */
  public QuarantineName moveIn(Path tree, FileIdentity expected, String id, long untilSecond)
      throws IOException {
    Path parentPath = tree.getParent();
    Path treeName = tree.getFileName();
    if (parentPath == null || treeName == null) {
      throw new IOException("The root of a file system is never removed: " + tree);
    }
    OpenDirectory.requireNames(tree);
    try (OpenDirectory parent = OpenDirectory.at(parentPath, insecureAllowed)) {
      FileStatus found = parent.stat(treeName);
      if (!found.isSameFile(expected)) {
        throw new ReplacedException(tree);
      }
      QuarantineName moved =
          FileSystemTraits.of(path).keepsInodes()
              ? QuarantineName.of(id, found, untilSecond)
              : QuarantineName.of(id, found, parent.modifiedNanos(treeName), untilSecond);
      try {
        move(parent, treeName, found, directory, name(moved));
      } catch (NoSuchFileException e) {
        throw e;
      } catch (AtomicMoveNotSupportedException e) {
        throw new NotMovedException(
            Printable.of(path) + " lies on another file system, mount or layer", e, path);
      } catch (IOException e) {
        throw new NotMovedException(
            Problem.of(tree, "move", e) + ", to " + Printable.of(path), e, path);
      }
      if (!directory.stat(name(moved)).equals(found)) {
        // Between the look and the rename; the name in here does not fit, so it is never removed
        putBack(moved, parent, tree);
        throw new ReplacedException(tree);
      }
      return moved;
    }
  }

  /**
   * Moves a name. The kernel lets nobody move a directory to another one who may not write to it,
   * since its entry for the directory above changes: rename(2). Its owner may permit that to
   * himself for the moment.
   */
  private static void move(
      OpenDirectory from, Path name, FileStatus found, OpenDirectory to, Path newName)
      throws IOException {
    try {
      from.renameNoReplace(name, to, newName);
    } catch (AccessDeniedException e) {
      if (found.kind() != FileKind.DIRECTORY) {
        throw e;
      }
      try (OpenDirectory moving = OpenDirectory.openChecked(from, name, found)) {
        OptionalInt before = moving.permitChanges();
        if (before.isEmpty()) {
          throw e;
        }
        try {
          from.renameNoReplace(name, to, newName);
        } finally {
          moving.setPermissions(before.getAsInt());
        }
      }
    }
  }

  private void putBack(QuarantineName moved, OpenDirectory parent, Path place) throws IOException {
    Path name = requireNonNull(place.getFileName());
    try {
      move(directory, name(moved), directory.stat(name(moved)), parent, name);
    } catch (IOException e) {
      throw new IOException(
          Problem.of(place, "put back", e) + "; it lies in " + Printable.of(path(moved)), e);
    }
  }

  /**
   * Moves a tree to a place where nothing is, with one rename.
   *
   * @param place absolute
   * @throws FileAlreadyExistsException if there is something
   * @throws NoSuchFileException if the directory is not there in which it should be
   * @throws ReplacedException if the tree is not what its name says, or a symbolic link leads to
   *     the place
   */
  public void moveOut(QuarantineName tree, Path place) throws IOException {
    Path parentPath = place.getParent();
    Path placeName = place.getFileName();
    if (parentPath == null || placeName == null) {
      throw new FileAlreadyExistsException(place.toString());
    }
    if (identity(tree).isEmpty()) {
      throw new ReplacedException(path(tree));
    }
    try (OpenDirectory parent = OpenDirectory.at(parentPath, insecureAllowed)) {
      move(directory, name(tree), directory.stat(name(tree)), parent, placeName);
    }
  }

  /** Gives a tree another end. */
  public QuarantineName rename(QuarantineName tree, long untilSecond) throws IOException {
    return rename(tree, tree.until(untilSecond));
  }

  /**
   * Says of a tree that its removal begins; only for one that {@link #identity} was asked about.
   */
  public QuarantineName begin(QuarantineName tree) throws IOException {
    return rename(tree, tree.going());
  }

  private QuarantineName rename(QuarantineName tree, QuarantineName renamed) throws IOException {
    if (!renamed.equals(tree)) {
      directory.renameNoReplace(name(tree), directory, name(renamed));
    }
    return renamed;
  }

  /**
   * Writes the record of a tree.
   *
   * @param durable whether it must be written, and outlast a loss of power
   * @throws NoSuchFileException if the quarantine was removed
   * @throws NotMovedException if it cannot be written and must be
   */
  public void record(String id, byte[] record, boolean durable) throws IOException {
    try {
      write(name(recordOf(id)), record, durable);
    } catch (InterruptedIOException | NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      try {
        forget(id);
      } catch (IOException second) {
        e.addSuppressed(second); // a record without a tree means nothing, and goes with all of it
      }
      if (durable) {
        throw new NotMovedException(
            "nothing can be written in " + Printable.of(path) + ": " + e.getMessage(), e, path);
      }
    }
  }

  /** Makes everything that was moved in or out last through a loss of power. */
  public void sync() throws IOException {
    directory.sync();
  }

  private void write(Path name, byte[] bytes, boolean durable) throws IOException {
    try (FileChannel channel =
        directory.openFile(name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      if (durable) {
        channel.force(true);
      }
    } catch (ClosedByInterruptException e) {
      throw new InterruptedIOException("Interrupted while writing " + path.resolve(name));
    }
  }

  /** The record of a tree, if there is one. */
  public Optional<byte[]> record(String id) throws IOException {
    Path name = name(recordOf(id));
    ForeignFile.observed(path.resolve(name));
    try (FileChannel channel =
        openThere(directory, path, name, directory.stat(name), StandardOpenOption.READ)) {
      return Optional.of(Channels.newInputStream(channel).readNBytes(MOST_RECORD_BYTES));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (ClosedByInterruptException e) {
      throw new InterruptedIOException("Interrupted while reading in " + path);
    }
  }

  /** Removes the record of a tree, if there is one. */
  public void forget(String id) throws IOException {
    delete(recordOf(id));
  }

  private void delete(String file) throws IOException {
    try {
      directory.deleteFile(name(file));
    } catch (NoSuchFileException e) {
      // gone already
    }
  }

  /**
   * Removes the directory if nothing is kept in it; only for one that is claimed, which is then to
   * be closed.
   *
   * @return whether it is gone
   */
  public boolean removeIfEmpty() throws IOException {
    Contents contents = contents();
    if (!contents.trees().isEmpty() || !contents.unknown().isEmpty()) {
      return false;
    }
    for (String id : contents.records()) {
      forget(id);
    }
    for (String sign : SIGNS.keySet()) {
      delete(sign);
    }
    FileIdentity identity = QuarantineName.identity(directory.statSelf());
    delete(LOCK); // last: who waits for it sees that it is gone and begins anew
    TreeRemover remover = new TreeRemover(insecureAllowed);
    if (!remover.removeIfEmpty(path, identity)) {
      // Windows keeps the name of a file until it is closed; elsewhere another process has begun
      requireNonNull(lock).close();
      return remover.removeIfEmpty(path, identity);
    }
    return true;
  }

  /** Lets other processes in. */
  @Override
  public void close() throws IOException {
    try (directory) {
      if (lock != null) {
        lock.close();
      }
    } finally {
      if (lock != null) {
        CLAIMED_HERE.remove(path);
      }
    }
  }
}
