package dev.lowtide.guard;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.lowtide.Printable;
import dev.lowtide.fs.ForeignFile;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The files that a Mercurial working copy tracks, read from its dirstate. Mercurial is not run,
 * since it runs programs that a repository's configuration names.
 *
 * <p>The format is that of {@code mercurial/pure/parsers.py}, Mercurial 6.3: two parents, then for
 * each file its state, mode, size, time, the length of its name, and its name. The format
 * dirstate-v2 is not supported: reading fails, so that files that might be tracked are kept.
 */
final class MercurialDirstate {
  private static final int PARENTS_BYTES = 40;
  private static final int STAT_BYTES = 13;
  private static final int MAX_BYTES = 256 << 20;
  private static final int MAX_REQUIRES = 1 << 16;

  /**
   * The values in {@code .hg/requires} of Mercurial 6.3 that do not change the meaning of the
   * dirstate.
   */
  private static final Set<String> SUPPORTED_REQUIREMENTS =
      Set.of(
          "bookmarksinstore",
          "changelogv2",
          "dirstate-tracked-key-v1",
          "dotencode",
          "exp-copies-sidedata-changeset",
          "fncache",
          "generaldelta",
          "internal-phase",
          "internal-phase-2",
          "lfs",
          "persistent-nodemap",
          "relshared",
          "revlog-compression-none",
          "revlog-compression-zstd",
          "revlogv1",
          "revlogv2",
          "share-safe",
          "shared",
          "sparserevlog",
          "store",
          "treemanifest");

  /** The files that exist while Mercurial is running, or while an operation is unfinished. */
  private static final List<String> UNFINISHED =
      List.of(
          "wlock",
          "merge/state",
          "merge/state2",
          "rebasestate",
          "graftstate",
          "histedit-state",
          "shelvedstate",
          "updatestate",
          "bisect.state");

  private MercurialDirstate() {}

  /**
   * A cache of parsed dirstates, each valid until its file changes. Safe for use by many threads.
   */
  static final class DirstateCache {
    private record Stamp(@Nullable Object fileKey, FileTime modified, long size) {}

    private record ParsedDirstate(Stamp stamp, GitIndex tracked) {}

    private final Cache<Path, ParsedDirstate> cache =
        CacheBuilder.newBuilder().maximumSize(16).softValues().build();

    /**
     * Why something in a working copy must be kept; empty if it need not.
     *
     * @param hg the directory {@code .hg} of the working copy
     */
    Optional<String> objection(Path path, Path hg) throws IOException {
      for (String name : UNFINISHED) {
        Path file = hg.resolve(name);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
          return Optional.of(
              "a Mercurial operation has not ended ("
                  + Printable.of(file)
                  + "); finish or abort it");
        }
      }
      Path workingCopy = hg.toAbsolutePath().getParent();
      if (workingCopy == null) {
        throw new IOException(hg + " has no parent directory");
      }
      return tracked(hg)
          .trackedAtOrBelow(workingCopy.relativize(path), false)
          .map(
              file ->
                  "Mercurial tracks "
                      + Printable.of(workingCopy + "/" + file)
                      + "; to allow its removal, run hg forget");
    }

    private GitIndex tracked(Path hg) throws IOException {
      requireSupported(hg.resolve("requires"));
      Path file = hg.resolve("dirstate");
      Stamp stamp;
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        stamp = new Stamp(now.fileKey(), now.lastModifiedTime(), now.size());
      } catch (NoSuchFileException e) {
        return GitIndex.EMPTY; // nothing was ever added
      }
      ParsedDirstate cached = cache.getIfPresent(file);
      if (cached == null || !cached.stamp().equals(stamp)) {
        cached =
            new ParsedDirstate(
                stamp, GitIndex.ofNames(parse(file, ForeignFile.at(file).bytes(MAX_BYTES))));
        cache.put(file, cached);
      }
      return cached.tracked();
    }
  }

  private static void requireSupported(Path requires) throws IOException {
    String text = new String(ForeignFile.at(requires).bytes(MAX_REQUIRES), UTF_8);
    for (String each : Splitter.on('\n').omitEmptyStrings().split(text)) {
      if (!SUPPORTED_REQUIREMENTS.contains(each)) {
        throw new IOException(
            requires + " names the requirement '" + each + "', which is not supported");
      }
    }
  }

  static NavigableSet<String> parse(Path file, byte[] bytes) throws IOException {
    NavigableSet<String> tracked = new TreeSet<>();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      if (in.hasRemaining()) {
        in.position(PARENTS_BYTES);
      }
      while (in.hasRemaining()) {
        byte state = in.get();
        in.position(in.position() + STAT_BYTES - 1);
        int length = in.getInt();
        if (length > in.remaining()) {
          throw new IOException("a name of " + length + " bytes");
        }
        byte[] name = new byte[length];
        in.get(name);
        if ("nmar".indexOf(state) < 0) {
          throw new IOException("state " + state);
        }
        String text = new String(name, ISO_8859_1);
        int copied = text.indexOf('\0'); // the name of the source of a copy follows
        tracked.add(copied < 0 ? text : text.substring(0, copied));
      }
      return tracked;
    } catch (IOException
        | BufferUnderflowException
        | IllegalArgumentException
        | NegativeArraySizeException e) {
      throw new IOException("the dirstate " + file + " cannot be parsed", e);
    }
  }
}
