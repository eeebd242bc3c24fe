package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A directory that is accessed by its path, for file systems without descriptors. A process that
 * replaces a directory of the path can redirect its operations.
 */
final class PathDirectory implements OpenDirectory {
  private final Path directory;
  private final DirectoryStream<Path> stream;
  private final Iterator<Path> names;

  @SuppressWarnings("StreamResourceLeak") // close() closes it
  PathDirectory(Path directory) throws IOException {
    this.directory = directory;
    this.stream = Files.newDirectoryStream(directory);
    this.names = stream.iterator();
  }

  private Path resolve(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    return directory.resolve(name);
  }

  @Override
  public Iterator<Path> names() {
    return names;
  }

  @Override
  public FileStatus stat(Path name) throws IOException {
    return statAt(resolve(name));
  }

  @Override
  public FileStatus statSelf() throws IOException {
    return statAt(directory);
  }

  @Override
  public FileStatus statParent() throws IOException {
    return statAt(requireNonNull(directory.getParent()));
  }

  private static FileStatus statAt(Path path) throws IOException {
    return FileStatus.of(
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
  }

  @Override
  public long modifiedNanos(Path name) throws IOException {
    return Files.getLastModifiedTime(resolve(name), LinkOption.NOFOLLOW_LINKS)
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
    return new PathDirectory(resolve(name));
  }

  @Override
  public OpenDirectory openParent() throws IOException {
    return new PathDirectory(requireNonNull(directory.getParent()));
  }

  @Override
  public void deleteFile(Path name) throws IOException {
    Files.delete(resolve(name));
  }

  @Override
  public void deleteDirectory(Path name) throws IOException {
    Files.delete(resolve(name));
  }

  @Override
  public void move(Path name, OpenDirectory target, Path newName) throws IOException {
    Files.move(resolve(name), ((PathDirectory) target).resolve(newName));
  }

  @Override
  public FileChannel openFile(Path name, OpenOption... options) throws IOException {
    Set<OpenOption> all = new HashSet<>(Set.of(options));
    all.add(LinkOption.NOFOLLOW_LINKS);
    return FileChannel.open(resolve(name), all);
  }

  @Override
  public void sync() {
    // without descriptors, a directory cannot be opened to sync it
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
