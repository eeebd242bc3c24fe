package dev.lowtide.benchmarks;

import static java.util.Objects.requireNonNull;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeRemover;
import dev.lowtide.probe.SizeProbe;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.FileUtils;

/**
 * A process whose virtual machine stays warm between the jobs that {@link Comparison} times: for
 * each line with a job and a path, it does the job and prints how many nanoseconds that took. With
 * arguments, it does one job and ends.
 */
final class Worker {
  private Worker() {}

  private interface Job {
    void run(Path root) throws IOException;
  }

  private static final Map<String, Job> JOBS =
      Map.ofEntries(
          Map.entry("measure", root -> SizeProbe.best().measure(root)),
          Map.entry("measure-portable", root -> SizeProbe.portable().measure(root)),
          Map.entry("measure-again", Worker::measureAgain),
          Map.entry("measure-walkFileTree", Worker::walkFileTree),
          Map.entry("measure-commons-io", root -> FileUtils.sizeOfDirectory(root.toFile())),
          Map.entry("capture", root -> SizeProbe.best().capture(root)),
          Map.entry("remove", root -> remove(new TreeRemover(false), root)),
          Map.entry("remove-portable", root -> remove(TreeRemover.portable(), root)),
          Map.entry("remove-commons-io", root -> FileUtils.deleteDirectory(root.toFile())),
          Map.entry(
              "remove-guava",
              root -> MoreFiles.deleteRecursively(root, RecursiveDeleteOption.ALLOW_INSECURE)));

  /**
   * Does the jobs.
   *
   * @param args a job and a path; without them, jobs are read from standard input
   */
  public static void main(String[] args) throws IOException {
    if (args.length > 0) {
      requireNonNull(JOBS.get(args[0]), args[0]).run(Path.of(args[1]));
      return;
    }
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      int space = line.indexOf(' ');
      Job job = requireNonNull(JOBS.get(line.substring(0, space)), line);
      long start = System.nanoTime();
      job.run(Path.of(line.substring(space + 1)));
      System.out.println(System.nanoTime() - start);
    }
  }

  /**
   * Measures with the sizes of the last time, which are beside the tree until this process ends.
   */
  private static void measureAgain(Path root) throws IOException {
    Path storedSizes = root.resolveSibling(root.getFileName() + ".sizes");
    if (!Files.exists(storedSizes)) {
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> FileUtils.deleteQuietly(storedSizes.toFile())));
    }
    SizeProbe.best().incremental(storedSizes, () -> List.of(root), Clock.systemUTC()).measure(root);
  }

  private static void remove(TreeRemover remover, Path root) throws IOException {
    remover.remove(root, Stat.of(root).identity());
  }

  /** One thread; every hard link counts again. */
  static long walkFileTree(Path root) throws IOException {
    long[] sum = {0};
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sum[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }
        });
    return sum[0];
  }
}
