package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.fs.Names;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.RandomTree;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * The native probe and the portable one on random trees, entry by entry, and both beside du. Mounts
 * and what cannot be read are compared where {@link ProbeOnRealFilesContract} makes them.
 */
class ProbesAgreeIT {
  @Provide
  Arbitrary<List<RandomTree.Step>> steps() {
    return RandomTree.steps();
  }

  /**
   * A file of holes with a byte at its end, under a name of any bytes.
   *
   * @param where picks the directory
   */
  private record Sparse(int where, byte[] name, int length) {
    void in(TestTree tree) throws IOException {
      try (Stream<Path> paths = Files.walk(tree.root())) {
        // Links lead out of the tree
        List<Path> directories =
            paths
                .filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                .sorted()
                .toList();
        Path file = Names.resolve(directories.get(where % directories.size()), name);
        try (SeekableByteChannel sparse =
            Files.newByteChannel(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.SPARSE,
                StandardOpenOption.WRITE)) {
          sparse.position(length).write(ByteBuffer.wrap(new byte[1]));
        }
      }
    }
  }

  @Provide
  Arbitrary<List<Sparse>> sparse() {
    Arbitrary<byte[]> names =
        Arbitraries.bytes()
            .filter(each -> each != 0 && each != '/' && each != '.')
            .array(byte[].class)
            .ofMinSize(11) // no name of the other steps
            .ofMaxSize(20);
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 10_000_000);
    return Combinators.combine(numbers, names, numbers).as(Sparse::new).list().ofMaxSize(4);
  }

  @Property(tries = 40)
  void entryByEntryAndInSumWithDu(
      @ForAll("steps") List<RandomTree.Step> steps, @ForAll("sparse") List<Sparse> sparse)
      throws IOException {
    SizeProbe best = SizeProbe.best();
    assumeTrue(best.name().equals("linux"), "there is no native layer here");
    Path root = Files.createTempDirectory("agree").toRealPath();
    try {
      TestTree tree = RandomTree.plant(TestTree.in(root), steps);
      for (Sparse each : sparse) {
        each.in(tree);
      }

      ProbeOnRealFilesContract.assertProbesAgree(root);
      DiskUsage usage = best.measure(root);
      assertThat(usage).isEqualTo(best.capture(root).usage());
      assertThat(SizeProbe.portable().measure(root))
          .usingRecursiveComparison()
          .ignoringFields("allocatedBytes", "allocatedExact", "sharedBytes")
          .isEqualTo(usage);
      String du = ChildProcess.run(root, "du", "-s", "-x", "-B1", ".");
      assertThat(usage.allocatedBytes()).isEqualTo(Long.parseLong(du.split("\\s")[0]));
    } finally {
      MoreFiles.deleteRecursively(root, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
