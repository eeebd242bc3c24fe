package dev.lowtide.policies.python;

import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at single files, also at those beside a subtree: in its snapshot where that has them, as
 * when planning, else on the disk as they are now, as right before removal. For one thread.
 */
final class Beside {
  /** A record that is longer than this is not read: some 400,000 outputs of a build. */
  private static final int MAX_TEXT = 64 << 20;

  private final Snapshot snapshot;
  private final Map<Path, Optional<Entry>> elsewhere = new HashMap<>();

  Beside(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  Snapshot snapshot() {
    return snapshot;
  }

  /** What is at an absolute path; where the snapshot does not have it, everything below is read. */
  Optional<Entry> at(Path path) {
    return path.startsWith(snapshot.rootPath())
        ? snapshot.entry(path)
        : elsewhere.computeIfAbsent(path, Beside::capture);
  }

  /** The regular file at an absolute path. */
  Optional<Entry> file(Path path) {
    return at(path).filter(Entry::isFile);
  }

  /** All that a file holds; empty if it cannot be read, or not to its end. */
  Optional<String> text(Path path) {
    return file(path).flatMap(Beside::text);
  }

  /** All that a file holds; empty if it cannot be read, or not to its end. */
  static Optional<String> text(Entry file) {
    return file.bytes(MAX_TEXT)
        .filter(bytes -> bytes.length < MAX_TEXT)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private static Optional<Entry> capture(Path path) {
    try {
      return Optional.of(SizeProbe.best().capture(path).root());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
