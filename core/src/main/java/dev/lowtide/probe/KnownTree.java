package dev.lowtide.probe;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteArrayDataInput;
import com.google.common.io.ByteArrayDataOutput;
import com.google.common.io.ByteStreams;
import dev.lowtide.fs.PrivateFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The remembered directories of one file system, in memory and in a file.
 *
 * <p>Directories are identified by inode and not by path, so that a moved tree is still known.
 */
final class KnownTree {
  /** The maximum time between two visits of everything, whatever the times of directories show. */
  static final Duration MAX_AGE = Duration.ofDays(7);

  /** The first bytes of a file, "Lowtide2"; another number means another format. */
  private static final long FORMAT = 0x4c6f777469646532L;

  /** Enough for a few million directories; Lowtide writes no longer file. */
  private static final int MAX_FILE_BYTES = 1 << 26;

  private static final int CHECKSUM_BYTES = Integer.BYTES;

  private final Instant full;
  private final Map<Long, KnownDirectory> directories = new HashMap<>();
  private final LinkTable linkedElsewhere;

  /**
   * @param full when everything was last visited
   * @param linkedElsewhere the files with several names in directories that are not remembered
   */
  KnownTree(Instant full, Collection<KnownDirectory> directories, LinkTable linkedElsewhere) {
    this.full = full;
    this.linkedElsewhere = linkedElsewhere;
    directories.forEach(each -> this.directories.put(each.inode(), each));
  }

  /** When everything was last visited. */
  Instant full() {
    return full;
  }

  int size() {
    return directories.size();
  }

  @Nullable KnownDirectory directory(long inode) {
    return directories.get(inode);
  }

  /** All files with several names that were visited. */
  LinkTable linked() {
    LinkTable all = new LinkTable();
    directories.values().forEach(each -> all.add(each.sum().linked()));
    all.add(linkedElsewhere);
    return all;
  }

  /** The files with several names in directories that are not remembered. */
  LinkTable linkedElsewhere() {
    return linkedElsewhere;
  }

  /**
   * Reads a file.
   *
   * @param walker the name of the walker; measurements of other walkers are not used
   * @param device the file system of the directories
   * @param now the present time, which shows whether a file is too old
   * @return empty if the file does not exist, belongs to another user, is truncated, has another
   *     version or is too old
   */
  static Optional<KnownTree> read(Path file, String walker, long device, Instant now)
      throws IOException {
    return PrivateFile.read(file, MAX_FILE_BYTES)
        .flatMap(bytes -> parse(bytes, walker, device))
        .filter(tree -> !tree.full.isAfter(now) && tree.full.plus(MAX_AGE).isAfter(now));
  }

  private static Optional<KnownTree> parse(byte[] bytes, String walker, long device) {
    int length = bytes.length - CHECKSUM_BYTES;
    if (length < Long.BYTES
        || ByteStreams.newDataInput(bytes, length).readInt() != checksum(bytes, length)) {
      return Optional.empty();
    }
    try {
      ByteArrayDataInput in = ByteStreams.newDataInput(bytes);
      if (in.readLong() != FORMAT || !in.readUTF().equals(walker) || in.readLong() != device) {
        return Optional.empty();
      }
      Instant full = Instant.ofEpochMilli(in.readLong());
      int count = in.readInt();
      if (count < 0 || count > bytes.length) { // each directory takes more than one byte
        return Optional.empty();
      }
      KnownDirectory[] directories = new KnownDirectory[count];
      for (int i = 0; i < directories.length; i++) {
        directories[i] = KnownDirectory.read(in);
      }
      LinkTable linkedElsewhere = new LinkTable();
      linkedElsewhere.read(in);
      return Optional.of(new KnownTree(full, Arrays.asList(directories), linkedElsewhere));
    } catch (IllegalStateException e) { // thrown by Guava at the end of the input
      return Optional.empty();
    }
  }

  void write(Path file, String walker, long device) throws IOException {
    ByteArrayDataOutput out = ByteStreams.newDataOutput();
    out.writeLong(FORMAT);
    out.writeUTF(walker);
    out.writeLong(device);
    out.writeLong(full.toEpochMilli());
    out.writeInt(directories.size());
    directories.values().forEach(each -> each.write(out));
    linkedElsewhere.write(out);
    byte[] written = out.toByteArray();
    out.writeInt(checksum(written, written.length));
    PrivateFile.replace(file, out.toByteArray());
  }

  private static int checksum(byte[] bytes, int length) {
    return Hashing.crc32c().hashBytes(bytes, 0, length).asInt();
  }
}
