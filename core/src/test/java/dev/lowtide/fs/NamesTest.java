package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Bytes;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamesTest {
  private static final byte[] LATIN_1 = {'c', 'a', 'f', (byte) 0xE9};
  private static final byte[] PLAIN = {'c', 'a', 'f', 'e'};
  private static final byte[] SLASH = {'/'};
  private static final byte[] UTF_8 = {'c', 'a', 'f', (byte) 0xC3, (byte) 0xA9};

  @TempDir Path directory;

  @Test
  void namesKeepTheirBytesInUtf8() throws IOException {
    RoundTrip.main(new String[] {directory.toString()});
  }

  @Test
  void namesKeepTheirBytesInLatin1() {
    ChildProcess.runInLocale("en_US", "ISO-8859-1", RoundTrip.class, directory);
  }

  /** Creates names, lists them and asks for their bytes. */
  static final class RoundTrip {
    public static void main(String[] args) throws IOException {
      Path directory = Path.of(args[0]);
      byte[] mixed = Bytes.concat(LATIN_1, SLASH, PLAIN, SLASH, UTF_8);
      for (byte[] several : new byte[][] {mixed, Bytes.concat(PLAIN, SLASH, PLAIN), PLAIN}) {
        Path path = Names.resolveAll(directory, several);
        assertThat(Names.allBytes(directory.relativize(path))).isEqualTo(several);
        assertThat(Names.absolutePath(Names.absoluteBytes(path))).isEqualTo(path);
      }
      for (byte[] name : new byte[][] {LATIN_1, UTF_8}) {
        Path path = Names.resolve(directory, name);
        assertThat(Names.bytes(path)).isEqualTo(name);
        Files.createFile(path);
        try (DirectoryStream<Path> names = Files.newDirectoryStream(directory)) {
          Path listed = names.iterator().next();
          assertThat(Names.bytes(listed)).isEqualTo(name);
        }
        Files.delete(path);
      }
    }
  }
}
