package dev.lowtide.fs;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * A file that is open for reading, with the status that was read from its descriptor. Not
 * thread-safe.
 */
interface OpenFile extends Closeable {
  /** The status of the open file, even if another file has its name by now. */
  Stat stat();

  /**
   * Reads the next bytes.
   *
   * @return how many bytes; -1 at the end
   */
  int read(byte[] to, int offset, int length) throws IOException;

  /** A stream over the remaining bytes; closing it closes this file. */
  default InputStream stream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
      }

      @Override
      public int read(byte[] to, int offset, int length) throws IOException {
        return length == 0 ? 0 : OpenFile.this.read(to, offset, length);
      }

      @Override
      public void close() throws IOException {
        OpenFile.this.close();
      }
    };
  }

  /**
   * Opens a file with {@link java.nio.file}, which would wait for a writer if the file is a named
   * pipe. So this checks the file first; call it with a {@link Deadline}, since a pipe may still
   * take its place.
   *
   * @throws ReplacedException if another file has taken its place since the check
   */
  static OpenFile openPortably(Path path) throws IOException {
    Stat before = new Stat.Reader(path, true).read(path);
    ForeignFile.requireRegular(path, before);
    SeekableByteChannel channel =
        Files.newByteChannel(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    try {
      channel.position(); // fails for pipes, sockets and terminals, which have no position
      Stat now = new Stat.Reader(path, true).read(path);
      if (!now.identity().isSameFile(before.identity())) {
        throw new ReplacedException(path);
      }
      return new Portable(now, channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** An open file on top of a channel of the JDK. */
  record Portable(Stat stat, SeekableByteChannel channel) implements OpenFile {
    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      return channel.read(ByteBuffer.wrap(to, offset, length));
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
