package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OutputFileTest {
  /** What is in the place of the file, and how it is called. */
  private enum InItsPlace {
    PIPE("a named pipe") {
      @Override
      void make(Path file) {
        ChildProcess.run(file.getParent(), "mkfifo", file.getFileName().toString());
      }
    },
    SOCKET("a socket") {
      @Override
      void make(Path file) throws IOException {
        // It stays there when its server has ended
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
          server.bind(UnixDomainSocketAddress.of(file));
        }
      }
    },
    DIRECTORY("a directory") {
      @Override
      void make(Path file) throws IOException {
        Files.createDirectory(file);
      }
    },
    LINK_TO_NOTHING("a symbolic link") {
      @Override
      void make(Path file) throws IOException {
        Files.createSymbolicLink(file, Path.of("nothing"));
      }
    },
    LINK_TO_A_FILE("a symbolic link") {
      @Override
      void make(Path file) throws IOException {
        Files.createSymbolicLink(file, Path.of("kept"));
      }
    };

    private final String name;

    InItsPlace(String name) {
      this.name = name;
    }

    abstract void make(Path file) throws IOException;
  }

  @TempDir Path directory;
  private TestTree tree;
  private Path file;

  @BeforeEach
  void aDirectoryToWriteInto() throws IOException {
    tree = TestTree.in(directory.toRealPath()).file("kept", "mine");
    file = tree.path("out");
  }

  private void write(String text) throws IOException {
    OutputFile.write(file, out -> out.write(text.getBytes(UTF_8)));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNoRegularFileIsRefusedAndStays(InItsPlace there) throws IOException {
    there.make(file);
    var before = tree.fingerprint();

    assertThatThrownBy(() -> write("new")).hasMessageContaining(file + ": it is " + there.name);

    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void aFileOfFourGibibytesIsReplaced() throws IOException {
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(4L << 30);
    }

    write("new");

    assertThat(file).hasContent("new");
  }

  @Test
  void aFileStaysAsItWasWhenItsNewContentFails() throws IOException {
    write("old");
    var before = tree.fingerprint();

    assertThatThrownBy(
            () ->
                OutputFile.write(
                    file,
                    out -> {
                      out.write('n');
                      throw new IOException("no more");
                    }))
        .hasMessage("no more");

    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void aMissingDirectoryIsToldByTheNameOfTheFile() {
    file = tree.path("none/out");

    assertThatThrownBy(() -> write("new"))
        .hasMessage("cannot write " + file + ": no such file or directory");
  }

  @Test
  void aStreamOfTheProcessIsWrittenTo() throws Exception {
    Process child = ChildProcess.startJava(ToStandardOutput.class);

    assertThat(new String(child.getInputStream().readAllBytes(), UTF_8)).isEqualTo("one, two");
  }

  /** Where it is a file, what is in it stays before what is written. */
  @Test
  void aStreamThatIsAFileIsWrittenToAndNotReplaced() throws IOException {
    tree.file("log", "before ");
    try (var log = Files.newByteChannel(tree.path("log"))) {
      Path descriptor = descriptorOf(tree.path("log"));
      OutputFile.write(descriptor, out -> out.write("after".getBytes(UTF_8)));
      assertThat(log.size()).as("of the same file").isEqualTo("before after".length());
    }

    assertThat(tree.path("log")).hasContent("before after");
  }

  private static Path descriptorOf(Path file) throws IOException {
    try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path each : descriptors) {
        if (Files.exists(each) && Files.isSameFile(each, file)) {
          return each;
        }
      }
    }
    throw new IllegalStateException("not open");
  }

  /** Writes to a pipe. */
  static final class ToStandardOutput {
    public static void main(String[] args) throws IOException {
      OutputFile.write(Path.of("/dev/stdout"), out -> out.write("one, ".getBytes(UTF_8)));
      OutputFile.write(Path.of("/dev/fd/1"), out -> out.write("two".getBytes(UTF_8)));
    }
  }
}
