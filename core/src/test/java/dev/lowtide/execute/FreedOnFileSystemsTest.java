package dev.lowtide.execute;

import static dev.lowtide.testing.TestTree.mib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestPolicy;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a plan says will come free, held against the free blocks of file systems that nobody else
 * uses, for random trees of clones, clones that were partly written again, hard links, and sparse,
 * compressible and preallocated files.
 */
class FreedOnFileSystemsTest {
  private static final int ROUNDS = Integer.getInteger("lowtide.freed.rounds", 3);

  /** In memory where there is such a place: what is measured is space, not a disk. */
  private static final Path MEMORY = Path.of("/dev/shm");

  @TempDir Path directory;

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          btrfs            | mkfs.btrfs -q               | loop
          btrfs, zstd      | mkfs.btrfs -q               | loop,compress-force=zstd
          xfs              | mkfs.xfs -q -m reflink=1    | loop
          ext4             | mkfs.ext4 -q                | loop
          ext4, bigalloc   | mkfs.ext4 -q -O bigalloc    | loop
          ext4, inline     | mkfs.ext4 -q -O inline_data | loop
          """)
  void isWhatThePlanSaid(String name, String make, String options) throws IOException {
    ChildProcess.assumeTool(make.substring(0, make.indexOf(' ')));
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "skipped: there are no loop devices");
    assumeTrue(
        SizeProbe.best().name().equals("linux"),
        "skipped: only the native layer sees shared blocks");
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("mounted"));

    ChildProcess.runWithMounts(
        """
        truncate -s 1G "$2"
        %s "$2" >/dev/null
        mount -o %s "$2" "$1"
        rm "$2"
        """
            .formatted(make, options),
        OnItsOwnFileSystem.class,
        mounted,
        Files.isWritable(MEMORY)
            ? Files.createTempFile(MEMORY, "lowtide", ".image")
            : directory.toRealPath().resolve("image"));
  }

  /** Runs where a file system is mounted at the directory. */
  static final class OnItsOwnFileSystem {
    private final Path root;
    private final Random random;
    private final boolean clones;
    private final boolean snapshots;

    private OnItsOwnFileSystem(Path root, long seed) throws IOException {
      this.root = root;
      this.random = new Random(seed);
      String type = Files.getFileStore(root).type();
      this.clones = type.equals("btrfs") || type.equals("xfs");
      this.snapshots = type.equals("btrfs");
    }

    public static void main(String[] args) throws Exception {
      Path mounted = Path.of(args[0]);
      for (int round = 0; round < ROUNDS; round++) {
        Path work = mounted.resolve("round" + round);
        new OnItsOwnFileSystem(work.getParent(), round).round(work);
      }
    }

    private void round(Path work) throws IOException {
      if (snapshots) {
        ChildProcess.run(root, "btrfs", "-q", "subvolume", "create", work.toString());
      } else {
        Files.createDirectory(work);
      }
      List<Path> files = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        files.add(make(work.resolve("d" + random.nextInt(6)), "f" + i, files));
      }
      if (snapshots && random.nextInt(3) == 0) {
        ChildProcess.run(
            root, "btrfs", "-q", "subvolume", "snapshot", work.toString(), work + "-snapshot");
      }
      String[] removed =
          random
              .ints(0, 6)
              .distinct()
              .limit(1 + random.nextInt(6))
              .mapToObj(i -> "d" + i)
              .toArray(String[]::new);
      Lowtide lowtide =
          Lowtide.builder()
              .policies(List.of(TestPolicy.deleting(removed)))
              .host(HostEnvironment.current())
              .assumeIdle()
              .build();
      long before = free();
      CleanupPlan plan = lowtide.plan(CleanupTarget.of("work", work));
      CleanupReport report = lowtide.apply(plan).orThrow();
      long freed = free() - before;

      check("planned", plan.reclaimable(), freed);
      check("reported", report.freed(), freed);
      long measured = report.space().stream().mapToLong(SpaceChange::bytes).sum();
      assertThat(measured).as("measured by the run").isCloseTo(freed, within(slack(freed)));
    }

    private void check(String what, BoundedSize said, long freed) {
      String all = what + " " + said.bound() + " " + said.bytes() + ", came free " + freed;
      System.out.println(all);
      long slack = slack(Math.max(said.bytes(), freed));
      assertThat(said.bytes()).as(all).isGreaterThanOrEqualTo(freed - slack);
      if (said.bound() == Bound.EXACT) {
        assertThat(said.bytes()).as(all).isLessThanOrEqualTo(freed + slack);
      }
    }

    /** One part in a hundred, and some nodes of metadata, which btrfs writes as it removes. */
    private static long slack(long bytes) {
      return Math.max(bytes / 100, 256 * 1024);
    }

    private long free() throws IOException {
      ChildProcess.run(root, "sync", "-f", root.toString());
      if (snapshots) {
        ChildProcess.run(root, "btrfs", "filesystem", "sync", root.toString());
      }
      return Files.getFileStore(root).getUnallocatedSpace();
    }

    private Path make(Path directory, String name, List<Path> files) throws IOException {
      Path file = Files.createDirectories(directory).resolve(name);
      Path other = files.isEmpty() ? file : files.get(random.nextInt(files.size()));
      int kind = files.isEmpty() ? 0 : random.nextInt(clones ? 8 : 6);
      switch (kind) {
        case 0, 1 -> write(file, random.nextInt((int) mib(2)), true);
        case 2 -> write(file, random.nextInt((int) mib(2)), false);
        case 3 -> sparse(file);
        case 4 -> Files.createLink(file, other);
        case 5 -> ChildProcess.run(root, "fallocate", "-l", "700K", file.toString());
        case 6 -> clone(other, file);
        default -> {
          clone(other, file);
          writeAgain(file);
        }
      }
      return file;
    }

    private void clone(Path from, Path to) {
      ChildProcess.run(root, "cp", "--reflink=always", from.toString(), to.toString());
    }

    private void write(Path file, int size, boolean noise) throws IOException {
      byte[] bytes = new byte[size];
      if (noise) {
        random.nextBytes(bytes);
      }
      try (OutputStream out = Files.newOutputStream(file)) {
        out.write(bytes);
      }
    }

    private void sparse(Path file) throws IOException {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        for (int i = 0; i < 4; i++) {
          byte[] bytes = new byte[40_000];
          random.nextBytes(bytes);
          channel.write(ByteBuffer.wrap(bytes), i * mib(3));
        }
      }
    }

    private void writeAgain(Path file) throws IOException {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        byte[] bytes = new byte[100_000];
        random.nextBytes(bytes);
        channel.write(ByteBuffer.wrap(bytes), random.nextInt((int) mib(1)));
      }
    }
  }
}
