package dev.lowtide.benchmarks;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A tree of small files on the file system of the temporary directory, made for a benchmark and
 * removed after it. The same shape and size always give the same names.
 */
public final class GeneratedTree implements AutoCloseable {

  /** How the files are spread. */
  public enum Shape {
    /**
     * Fifty files in each directory, fifty directories in each directory above: what caches look
     * like.
     */
    WIDE {
      @Override
      void fill(Path root, int files) throws IOException {
        int made = 0;
        for (int top = 0; made < files; top++) {
          for (int below = 0; below < 50 && made < files; below++) {
            Path directory = Files.createDirectories(root.resolve("d" + top).resolve("e" + below));
            for (int i = 0; i < 50 && made < files; i++, made++) {
              file(directory, i);
            }
          }
        }
      }
    },
    /**
     * All files in one directory, beside a chain of 500 nested directories. Walkers whose threads
     * each take a whole directory cannot share this work among them.
     */
    SKEW {
      @Override
      void fill(Path root, int files) throws IOException {
        Path flat = Files.createDirectories(root.resolve("flat"));
        for (int i = 0; i < files; i++) {
          file(flat, i);
        }
        Path chain = root;
        for (int i = 0; i < 500; i++) {
          chain = Files.createDirectory(chain.resolve("c"));
        }
      }
    },
    /**
     * What an installed toolchain looks like: most directories hold a few files and some hold
     * hundreds, at any depth up to twelve; one file in fifty is a hard link to another, one in a
     * hundred is a symbolic link.
     */
    MIXED {
      @Override
      void fill(Path root, int files) throws IOException {
        Random random = new Random(1);
        List<Path> directories = new ArrayList<>(List.of(root));
        int made = 0;
        while (made < files) {
          Path parent = directories.get(random.nextInt(directories.size()));
          Path directory = Files.createDirectory(parent.resolve("d" + directories.size()));
          if (directory.getNameCount() - root.getNameCount() < 12) {
            directories.add(directory);
          }
          int here = Math.min(files - made, random.nextInt(20) == 0 ? 300 : random.nextInt(15));
          for (int i = 0; i < here; i++, made++) {
            Path name = directory.resolve("file-" + i + ".bin");
            if (i > 0 && random.nextInt(100) == 0) {
              Files.createSymbolicLink(name, Path.of("file-0.bin"));
            } else if (i > 0 && random.nextInt(50) == 0) {
              Files.createLink(name, directory.resolve("file-0.bin"));
            } else {
              Files.write(name, new byte[random.nextInt(4) == 0 ? 5000 : i % 3]);
            }
          }
        }
      }
    },
    /**
     * What tests of a Python project leave: {@code __pycache__} directories with four files of
     * bytecode, each directory beside its sources.
     */
    BYTECODE {
      @Override
      void fill(Path root, int directories) throws IOException {
        for (int i = 0; i < directories; i++) {
          Path sources =
              Files.createDirectories(root.resolve("d" + i / 100).resolve("p" + i % 100));
          Path cache = Files.createDirectory(sources.resolve("__pycache__"));
          for (int module = 0; module < 4; module++) {
            Path source = Files.write(sources.resolve("m" + module + ".py"), new byte[10]);
            Files.write(cache.resolve("m" + module + ".cpython-311.pyc"), bytecodeOf(source));
          }
        }
      }

      @Override
      Path removable(Path root) {
        return root.resolve("d0").resolve("p0").resolve("__pycache__");
      }
    };

    static final List<Shape> MEASURED = List.of(WIDE, SKEW, MIXED);

    /** The magic number of CPython 3.11: 3495, then a carriage return and a line feed. */
    private static final int PYTHON_3_11 = 3495 | '\r' << 16 | '\n' << 24;

    /**
     * @param size the number of files; for bytecode, of directories that can be removed
     */
    abstract void fill(Path root, int size) throws IOException;

    /** What a program that cleans a tree of this shape must have removed. */
    Path removable(Path root) {
      return root;
    }

    /** Bytecode with the header that Python 3.11 writes: its magic number, flags, time and size. */
    private static byte[] bytecodeOf(Path source) throws IOException {
      long seconds = Files.getLastModifiedTime(source).to(TimeUnit.SECONDS);
      return ByteBuffer.allocate(100)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(PYTHON_3_11)
          .putInt(0)
          .putInt((int) seconds)
          .putInt((int) Files.size(source))
          .array();
    }

    private static void file(Path directory, int number) throws IOException {
      Files.write(directory.resolve("file-" + number + ".bin"), new byte[number % 3]);
    }
  }

  private final Path root;

  private GeneratedTree(Path root) {
    this.root = root;
  }

  /** Makes a tree, and waits until it is on the disk, so that writing it slows no measurement. */
  static GeneratedTree of(Shape shape, int files) throws IOException {
    Path root = Files.createTempDirectory("lowtide-benchmark-");
    shape.fill(root, files);
    try {
      new ProcessBuilder("sync", "--file-system", root.toString()).inheritIO().start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while a tree was written to the disk");
    }
    return new GeneratedTree(root);
  }

  Path root() {
    return root;
  }

  @Override
  public void close() throws IOException {
    if (Files.exists(root)) { // the measured code may have removed it
      MoreFiles.deleteRecursively(root, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
