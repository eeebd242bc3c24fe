package dev.lowtide.fs;

import dev.lowtide.FileKind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;

/**
 * A directory that is held open, so that what is done to its names is done in it, whatever has
 * meanwhile taken its place.
 *
 * <p>Names are single names; symbolic links are never followed.
 */
sealed interface OpenDirectory extends Closeable {

  /** What a name stands for, or the directory itself. */
  record Found(FileKind kind, FileKey key) {
    static Found of(BasicFileAttributes attributes) {
      FileKind kind =
          attributes.isSymbolicLink()
              ? FileKind.SYMLINK
              : attributes.isDirectory()
                  ? FileKind.DIRECTORY
                  : attributes.isRegularFile() ? FileKind.REGULAR : FileKind.OTHER;
      return new Found(kind, FileKey.of(attributes));
    }
  }

  /** The names in it, as they come; to be asked once. */
  Iterator<Path> names();

  Found look(Path name) throws IOException;

  Found lookAtSelf() throws IOException;

  OpenDirectory open(Path name) throws IOException;

  void deleteFile(Path name) throws IOException;

  void deleteDirectory(Path name) throws IOException;

  /** Moves a name of this directory to another directory of the same kind. */
  void move(Path name, OpenDirectory target, Path newName) throws IOException;

  /**
   * Opens by path, without symbolic links for the last name only; for the root of a file system.
   */
  @SuppressWarnings("StreamResourceLeak") // what is returned closes it
  static OpenDirectory anchor(Path directory, boolean insecureAllowed) throws IOException {
    DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return new Anchored(secure);
    }
    stream.close();
    if (!insecureAllowed) {
      throw new InsecureFileSystemException(directory);
    }
    return ByPath.at(directory);
  }

  /** By way of {@link SecureDirectoryStream}: every operation is relative to a descriptor. */
  record Anchored(SecureDirectoryStream<Path> stream) implements OpenDirectory {
    @Override
    public Iterator<Path> names() {
      return stream.iterator();
    }

    @Override
    public Found look(Path name) throws IOException {
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
    public OpenDirectory open(Path name) throws IOException {
      return new Anchored(stream.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS));
    }

    @Override
    public void deleteFile(Path name) throws IOException {
      stream.deleteFile(name);
    }

    @Override
    public void deleteDirectory(Path name) throws IOException {
      stream.deleteDirectory(name);
    }

    @Override
    public void move(Path name, OpenDirectory target, Path newName) throws IOException {
      stream.move(name, ((Anchored) target).stream, newName);
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
    public void close() throws IOException {
      stream.close();
    }
  }
}
