package dev.lowtide.benchmarks;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.fs.TreeRemover;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long it takes to remove a tree that was just made, beside what others offer for it and beside
 * {@code rm}, whose time includes the start of a process.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 5)
@Fork(value = 1, jvmArgsAppend = "-Xshare:auto")
public class RemovalBenchmark {
  @Param({"WIDE", "SKEW", "MIXED"})
  GeneratedTree.Shape shape = GeneratedTree.Shape.WIDE;

  @Param({"10000", "100000", "1000000"})
  int files;

  @SuppressWarnings("NullAway.Init") // JMH calls create() first
  private Path tree;

  @Setup(Level.Iteration)
  public void create() throws IOException {
    tree = GeneratedTree.of(shape, files).root();
  }

  /** Native where the JDK is 22 or newer and native access is enabled. */
  @Benchmark
  public long secure() throws IOException {
    return removed(new TreeRemover(false));
  }

  @Benchmark
  public long portable() throws IOException {
    return removed(TreeRemover.portable());
  }

  private long removed(TreeRemover remover) throws IOException {
    TreeRemover.Result deletion = remover.remove(tree, identity());
    if (deletion.failures() > 0) {
      throw new IOException(deletion.problems().toString());
    }
    return deletion.removed();
  }

  /** What a plan would have recorded. */
  private FileIdentity identity() throws IOException {
    return new FileIdentity(
        FileKind.DIRECTORY,
        ((Number) Files.getAttribute(tree, "unix:dev", LinkOption.NOFOLLOW_LINKS)).longValue(),
        ((Number) Files.getAttribute(tree, "unix:ino", LinkOption.NOFOLLOW_LINKS)).longValue(),
        0);
  }

  @Benchmark
  public void walkFileTree() throws IOException {
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Benchmark
  public void commonsIo() throws IOException {
    FileUtils.deleteDirectory(tree.toFile());
  }

  @Benchmark
  public void guava() throws IOException {
    MoreFiles.deleteRecursively(tree, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  @Benchmark
  public int rm() throws IOException, InterruptedException {
    return new ProcessBuilder("rm", "-rf", "--", tree.toString()).start().waitFor();
  }
}
