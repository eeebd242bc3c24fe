package dev.lowtide.benchmarks;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
     * All files in one directory, beside a chain of 500 directories: what a walker by directories
     * cannot split.
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
    };

    abstract void fill(Path root, int files) throws IOException;

    private static void file(Path directory, int number) throws IOException {
      Files.write(directory.resolve("file-" + number + ".bin"), new byte[number % 3]);
    }
  }

  private final Path root;

  private GeneratedTree(Path root) {
    this.root = root;
  }

  static GeneratedTree of(Shape shape, int files) throws IOException {
    Path root = Files.createTempDirectory("lowtide-benchmark-");
    shape.fill(root, files);
    return new GeneratedTree(root);
  }

  Path root() {
    return root;
  }

  @Override
  public void close() throws IOException {
    MoreFiles.deleteRecursively(root, RecursiveDeleteOption.ALLOW_INSECURE);
  }
}
