package dev.lowtide.policies.python.files;

import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds files by their absolute path: in the snapshot if it contains the path, else on the disk as
 * it is now. During planning, the snapshot contains the whole target; right before a removal, it
 * contains only the item. Safe for use by many threads.
 */
public final class FileLookup {
  /** Longer records are not read; this is enough for some 400,000 outputs of a build. */
  private static final int MAX_TEXT = 64 << 20;

  /** The files by which setuptools, CMake and Meson recognise a project. */
  private static final List<String> PROJECT =
      List.of("setup.py", "setup.cfg", "pyproject.toml", "CMakeLists.txt", "meson.build");

  private final Snapshot snapshot;
  private final Map<Path, Optional<Entry>> outsideSnapshot = new ConcurrentHashMap<>();

  public FileLookup(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  public Snapshot snapshot() {
    return snapshot;
  }

  /** The entry at an absolute path. If it is outside the snapshot, everything below it is read. */
  public Optional<Entry> entry(Path path) {
    return path.startsWith(snapshot.rootPath())
        ? snapshot.entry(path)
        : outsideSnapshot.computeIfAbsent(path, FileLookup::capture);
  }

  /** The regular file at an absolute path. */
  public Optional<Entry> file(Path path) {
    return entry(path).filter(Entry::isFile);
  }

  /** The whole content of a file; empty if it cannot be read completely. */
  public Optional<String> text(Path path) {
    return file(path).flatMap(FileLookup::text);
  }

  /** The whole content of a file; empty if it cannot be read completely. */
  public static Optional<String> text(Entry file) {
    return file.bytes(MAX_TEXT)
        .filter(bytes -> bytes.length < MAX_TEXT)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  /**
   * Whether a directory is a project that can be built. Without its project, nothing can build a
   * tree again, and the tree may hold all that is left of it.
   */
  public boolean isProject(Path directory) {
    return PROJECT.stream().anyMatch(name -> file(directory.resolve(name)).isPresent());
  }

  private static Optional<Entry> capture(Path path) {
    try {
      return Optional.of(SizeProbe.best().capture(path).root());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
