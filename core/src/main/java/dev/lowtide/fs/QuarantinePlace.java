package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Determines where quarantines are, and opens them. A quarantine must be a directory of this user
 * that no other user may enter.
 */
public final class QuarantinePlace {
  /** The beginning of the names of all users' quarantines. */
  public static final String NAME_PREFIX = ".lowtide-trash";

  /** The names of all users' quarantines. */
  private static final Pattern NAME = Pattern.compile("\\.lowtide-trash(-[0-9]+)?");

  private QuarantinePlace() {}

  /** Whether a path has the name of a quarantine. */
  public static boolean isQuarantine(Path path) {
    Path name = path.getFileName();
    return name != null && NAME.matcher(name.toString()).matches();
  }

  /** Whether a path is, or is inside, something with the name of a quarantine. */
  public static boolean isInQuarantine(Path path) {
    return Stream.iterate(path, Objects::nonNull, Path::getParent)
        .anyMatch(QuarantinePlace::isQuarantine);
  }

  /** The path of a directory's quarantine inside the directory. */
  public static Path in(Path directory) {
    return directory.resolve(name(directory));
  }

  /**
   * The path of a directory's quarantine beside the directory, for a directory that must contain
   * only its own files.
   */
  public static Path beside(Path directory) {
    String prefix = name(directory) + "-";
    byte[] ofDirectory = Names.bytes(directory);
    byte[] name = new byte[prefix.length() + ofDirectory.length];
    System.arraycopy(prefix.getBytes(UTF_8), 0, name, 0, prefix.length());
    System.arraycopy(ofDirectory, 0, name, prefix.length(), ofDirectory.length);
    Path parent = directory.getParent();
    return Names.resolve(parent == null ? directory : parent, name);
  }

  /**
   * The name of this user's quarantine; each user has one, even in directories such as {@code
   * /tmp}.
   */
  private static String name(Path directory) {
    int user = hasUserIds(directory) ? Stat.currentUser() : Stat.UNKNOWN_OWNER;
    return user == Stat.UNKNOWN_OWNER
        ? NAME_PREFIX
        : NAME_PREFIX + "-" + Integer.toUnsignedString(user);
  }

  /** Whether a path's file system uses the user ids of this machine. */
  private static boolean hasUserIds(Path path) {
    return path.getFileSystem().equals(FileSystems.getDefault());
  }

  /** Creates the directory; returns false if it existed. */
  static boolean create(Path path) throws IOException {
    FileAttribute<?>[] permissions =
        path.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
            }
            : new FileAttribute<?>[0];
    try {
      Files.createDirectory(path, permissions);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /**
   * Opens the directory.
   *
   * @throws NoSuchFileException if there is none
   * @throws QuarantineRefusedException if it is not a directory that only this user may enter
   */
  static OpenDirectory open(Path path, boolean insecureAllowed) throws IOException {
    Path parentPath = path.getParent();
    Path name = path.getFileName();
    if (parentPath == null || name == null) {
      throw new QuarantineRefusedException(path + " cannot contain a quarantine");
    }
    OpenDirectory opened;
    try (OpenDirectory parent = OpenDirectory.openAt(parentPath, insecureAllowed)) {
      FileStatus status = parent.stat(name);
      if (status.kind() != FileKind.DIRECTORY) {
        throw new QuarantineRefusedException(
            Printable.of(path)
                + (status.kind() == FileKind.SYMLINK
                    ? " is a symbolic link"
                    : " is not a directory")
                + ", but Lowtide needs its quarantine there; find out who created it, then remove"
                + " it");
      }
      opened = OpenDirectory.openChecked(parent, name, status, path);
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
    if (hasUserIds(path)
        && access.owner() != Stat.UNKNOWN_OWNER
        && user != Stat.UNKNOWN_OWNER
        && access.owner() != user) {
      throw new QuarantineRefusedException(
          Printable.of(path)
              + " belongs to user "
              + Integer.toUnsignedString(access.owner())
              + ", but Lowtide needs its quarantine there; find out who created it, then remove"
              + " it");
    }
    if (access.permissions() != Access.UNKNOWN_PERMISSIONS && (access.permissions() & 077) != 0) {
      throw new QuarantineRefusedException(
          Printable.of(path)
              + " is open to other users, but Lowtide needs its quarantine there; if you created"
              + " it, run chmod 700 on it");
    }
  }
}
