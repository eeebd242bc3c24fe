package dev.lowtide.testing;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes trees for tests, and says what is in them.
 *
 * <pre>{@code
 * TestTree tree = TestTree.inMemory()
 *     .file("src/app.py", "print()")
 *     .file("src/__pycache__/app.cpython-312.pyc", kib(1), daysAgo(41))
 *     .link("current", "src");
 * assertThat(tree.names()).containsExactly("current", "src", "src/__pycache__", ...);
 * }</pre>
 */
public final class TestTree {
  /** When nothing else is said, everything was last modified at this time. */
  public static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  private final Path root;

  private TestTree(Path root) {
    this.root = root;
  }

  /** An empty tree in a directory that exists. */
  public static TestTree in(Path root) {
    return new TestTree(root);
  }

  /**
   * An empty tree at {@code /tree} of a Linux file system in memory, with inodes, owners and links
   * as on a real one.
   */
  public static TestTree inMemory() {
    return in(unix());
  }

  /** An empty tree at {@code /tree} or {@code C:\tree} of a file system in memory. */
  public static TestTree in(FileSystem fileSystem) {
    try {
      Path root = fileSystem.getRootDirectories().iterator().next();
      return new TestTree(Files.createDirectories(root.resolve("tree")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A Linux file system in memory with all attribute views. */
  public static FileSystem unix() {
    return Jimfs.newFileSystem(
        Configuration.unix().toBuilder()
            .setWorkingDirectory("/tree")
            .setAttributeViews("basic", "owner", "posix", "unix")
            .build());
  }

  public static long kib(long count) {
    return count << 10;
  }

  public static long mib(long count) {
    return count << 20;
  }

  /** So many days before {@link #NOW}. */
  public static Instant daysAgo(long days) {
    return NOW.minus(Duration.ofDays(days));
  }

  public Path root() {
    return root;
  }

  public Path path(String relative) {
    return relative.isEmpty() ? root : root.resolve(relative);
  }

  /** An empty directory. */
  public TestTree directory(String path) {
    return make(path, file -> Files.createDirectories(file), NOW);
  }

  /** A small file. */
  public TestTree file(String path) {
    return file(path, "content of " + path);
  }

  /** A file with a text. */
  public TestTree file(String path, String text) {
    return file(path, text, NOW);
  }

  /** A file with a text, last modified at a time. */
  public TestTree file(String path, String text, Instant modified) {
    return make(path, file -> Files.writeString(file, text, StandardCharsets.UTF_8), modified);
  }

  /** A file of a size. */
  public TestTree file(String path, long size) {
    return file(path, size, NOW);
  }

  /** A file of a size, last modified at a time. */
  public TestTree file(String path, long size, Instant modified) {
    byte[] bytes = new byte[Math.toIntExact(size)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 + i / 251); // so that no file system stores less
    }
    return make(path, file -> Files.write(file, bytes), modified);
  }

  /** A symbolic link. */
  public TestTree link(String path, String target) {
    return make(
        path, file -> Files.createSymbolicLink(file, root.getFileSystem().getPath(target)), NOW);
  }

  /** Another name for a file that is there. */
  public TestTree hardLink(String path, String existing) {
    return make(path, file -> Files.createLink(file, path(existing)), null);
  }

  /**
   * A directory with another one in it, and so on: as deep as wanted, beyond what a path can name.
   */
  public TestTree chain(String path, int levels) {
    // Built from below in pieces that can still be named: each one goes to the bottom of the next
    int piece = 500;
    for (int made = 0; made < levels; made += piece) {
      String bottom = path + ".next" + "/d".repeat(Math.min(piece, levels - made) - 1);
      make(bottom, file -> Files.createDirectories(file), null);
      if (has(path)) {
        make(bottom + "/d", file -> Files.move(path(path), file), null);
      }
      make(path, file -> Files.move(path(path + ".next"), file), null);
    }
    return this;
  }

  private TestTree make(String path, Make make, @Nullable Instant modified) {
    try {
      Path file = path(path);
      Path parent = file.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      make.at(file);
      if (modified != null && !Files.isSymbolicLink(file)) {
        Files.setLastModifiedTime(file, FileTime.from(modified));
      }
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Make {
    void at(Path file) throws IOException;
  }

  /**
   * Sets the time of last modification of the root and everything that is there, directories
   * included; in memory, that of the last change too, which Linux keeps for itself.
   */
  public TestTree allModified(Instant time) {
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
            .setTimes(FileTime.from(time), null, FileTime.from(time));
      }
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes the root and everything that is there so much older than it is, and last read when it was
   * written: what was newer than something else still is.
   */
  public TestTree age(Duration by) {
    Set<Object> done = new HashSet<>(); // what has several names is to age once
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.toList()) {
        BasicFileAttributeView view =
            Files.getFileAttributeView(
                path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        BasicFileAttributes times = view.readAttributes();
        if (done.add(times.fileKey())) {
          FileTime older = FileTime.from(times.lastModifiedTime().toInstant().minus(by));
          view.setTimes(older, older, null);
        }
      }
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean has(String path) {
    return Files.exists(path(path), LinkOption.NOFOLLOW_LINKS);
  }

  /** The paths of everything in it, relative to the root, with slashes, sorted. */
  public List<String> names() {
    return List.copyOf(fingerprint().keySet());
  }

  /**
   * Everything that can be told about the tree by an independent walk: for each relative path its
   * kind, size, content and time of modification. Two equal fingerprints are two equal trees.
   */
  public SortedMap<String, String> fingerprint() {
    return fingerprint(path -> false);
  }

  /** The same, without some paths and all below them, which are not read. */
  SortedMap<String, String> fingerprint(Predicate<Path> isLeftOut) {
    TreeMap<String, String> entries = new TreeMap<>();
    Deque<Path> left = new ArrayDeque<>(List.of(root));
    try {
      while (!left.isEmpty()) {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(left.pop())) {
          for (Path path : children) {
            if (isLeftOut.test(path)) {
              continue;
            }
            String separator = root.getFileSystem().getSeparator();
            entries.put(root.relativize(path).toString().replace(separator, "/"), describe(path));
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
              left.push(path);
            }
          }
        }
      }
      return entries;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String describe(Path path) throws IOException {
    FileTime modified = Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS);
    if (Files.isSymbolicLink(path)) {
      return "link to " + Files.readSymbolicLink(path);
    } else if (Files.isDirectory(path)) {
      return "directory of " + modified;
    } else if (!Files.isRegularFile(path)) {
      return "special of " + modified;
    }
    byte[] bytes = Files.readAllBytes(path);
    return "file of "
        + modified
        + ", "
        + bytes.length
        + " bytes, hash "
        + java.util.Arrays.hashCode(bytes);
  }
}
