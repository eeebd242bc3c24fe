package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * The key, the link count, the mode and the owners of a file, read through the JDK's {@code unix}
 * view. Unless links are not to be followed, that view follows the links in {@code /proc} to the
 * file itself.
 */
record Inode(FileKey key, int links, int mode, int owner, int group) {

  static Inode of(Path path, LinkOption... options) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(path, "unix:dev,ino,nlink,mode,uid,gid", options);
    return new Inode(
        new FileKey(number(attributes, "dev").longValue(), number(attributes, "ino").longValue()),
        number(attributes, "nlink").intValue(),
        number(attributes, "mode").intValue(),
        number(attributes, "uid").intValue(),
        number(attributes, "gid").intValue());
  }

  private static Number number(Map<String, Object> attributes, String name) {
    return (Number) requireNonNull(attributes.get(name), name);
  }

  boolean isDirectory() {
    return Stat.kind(mode) == FileKind.DIRECTORY;
  }
}
