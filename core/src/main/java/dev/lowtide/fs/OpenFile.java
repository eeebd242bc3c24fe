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

/** A file that is open for reading, and what its descriptor tells of it. For one thread. */
interface OpenFile extends Closeable {
  /** What the open file is, whatever has its name by now. */
  Stat stat();

  /**
   * Reads on.
   *
   * @return how many bytes; -1 at the end
   */
  int read(byte[] to, int offset, int length) throws IOException;

  /** A stream over what is left, which closes this. */
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
   * Opens a file by {@link java.nio.file}, which cannot be told not to wait for the writer of a
   * named pipe: so this is called under a {@link Deadline}, and looks first.
   *
   * @throws ReplacedException if the file became another one meanwhile
   */
  static OpenFile portably(Path path) throws IOException {
    Stat before = new Stat.Reader(path, true).read(path);
    ForeignFile.requireRegular(path, before);
    SeekableByteChannel channel =
        Files.newByteChannel(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    try {
      channel.position(); // no pipe, socket or terminal has one, so that it fails there
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

  /** By a channel of the JDK. */
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
