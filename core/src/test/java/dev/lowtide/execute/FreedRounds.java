package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.CleanupReport.SpaceChange;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Removes parts of random trees on one file system, and compares what came free with the plan. */
final class FreedRounds {
  /** Where root is told who uses each block, the plan says the number itself, nearly always. */
  private static final List<String> TELLS = List.of("btrfs", "btrfs-zstd", "xfs-rmap");

  private final Path root;
  private final String name;
  private final boolean btrfs;
  private final boolean clones;
  private final Map<Bound, Integer> bounds = new EnumMap<>(Bound.class);

  private FreedRounds(Path root) throws IOException {
    this.root = root;
    this.name = root.getFileName().toString();
    String type = Files.getFileStore(root).type();
    this.btrfs = type.equals("btrfs");
    this.clones = btrfs || type.equals("xfs");
  }

  /**
   * @param args a directory of mounted file systems, one that is not used here, and the rounds
   */
  public static void main(String[] args) throws Exception {
    List<Path> mounts;
    try (Stream<Path> all = Files.list(Path.of(args[0]))) {
      mounts = all.sorted().toList();
    }
    int rounds = Integer.parseInt(args[2]);
    for (Path mount : mounts) {
      FreedRounds plain = new FreedRounds(mount);
      FreedRounds layered = new FreedRounds(mount);
      for (int seed = 0; seed < rounds; seed++) {
        plain.round(seed, false);
        layered.round(seed, true);
      }
      System.out.println(plain.name + ": " + plain.bounds + ", below an overlay " + layered.bounds);
      if (TELLS.contains(plain.name)) {
        // btrfs frees small files with the block of metadata that they lie in, or not
        assertThat(plain.bounds.getOrDefault(Bound.EXACT, 0))
            .as(plain.name + ": rounds in which the plan was exact")
            .isGreaterThanOrEqualTo(rounds - rounds / 10);
      }
    }
  }

  private void round(long seed, boolean layered) throws IOException {
    // Random's first numbers of seeds in a row are nearly the same.
    Random random = new Random(new SplittableRandom(seed).nextLong());
    Path place = Files.createDirectory(root.resolve("place"));
    Path work = place.resolve("work");
    Path snapshot = place.resolve("snapshot");
    if (layered) {
      mountLayers(place, work, random);
    } else if (btrfs) {
      ChildProcess.run(root, "btrfs", "-q", "subvolume", "create", work.toString());
    } else {
      Files.createDirectory(work);
    }
    SharingTree tree = new SharingTree(work, random, clones, layered);
    tree.make();
    boolean snapshots = btrfs && !layered && random.nextInt(3) == 0;
    if (snapshots) {
      ChildProcess.run(
          root, "btrfs", "-q", "subvolume", "snapshot", work.toString(), snapshot.toString());
    } else if (clones && random.nextBoolean()) {
      tree.cloneTo(place.resolve("elsewhere"));
    }

    remove(
        work,
        tree.someDirectories(),
        name + (layered ? ", overlay" : "") + ", seed " + seed,
        layered);

    if (layered) {
      ChildProcess.run(root, "umount", work.toString());
    } else if (btrfs) {
      Path[] subvolumes = snapshots ? new Path[] {work, snapshot} : new Path[] {work};
      for (Path each : subvolumes) {
        ChildProcess.run(root, "btrfs", "-q", "subvolume", "delete", each.toString());
      }
    }
    MoreFiles.deleteRecursively(place, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  /** Some files lie in a lower layer from the start. */
  private void mountLayers(Path place, Path work, Random random) throws IOException {
    for (String each : List.of("lower", "upper", "overlay", "work")) {
      Files.createDirectory(place.resolve(each));
    }
    new SharingTree(place.resolve("lower"), random, clones, false).make();
    String options =
        "lowerdir=%1$s/lower,upperdir=%1$s/upper,workdir=%1$s/overlay".formatted(place);
    ChildProcess.run(root, "mount", "-t", "overlay", "-o", options, "none", work.toString());
  }

  private void remove(Path work, String[] directories, String what, boolean layered)
      throws IOException {
    Lowtide lowtide =
        Lowtide.builder()
            .policies(List.of(TestPolicy.deleting(directories)))
            .host(HostEnvironment.current())
            .assumeIdle()
            .build();
    long before = free();
    CleanupPlan plan = lowtide.plan(CleanupTarget.of("work", work));
    CleanupReport report = lowtide.apply(plan).orThrow();
    long freed = free() - before;

    check(what + ", planned", plan.reclaimable(), freed);
    check(what + ", reported", report.freed(), freed);
    long measured = report.space().stream().mapToLong(SpaceChange::bytes).sum();
    if (report.freedBytes() > 0 && report.space().stream().allMatch(SpaceChange::settled)) {
      assertThat(measured)
          .as(what + ", measured by the run")
          .isCloseTo(freed, within(slack(freed)));
    }
    if (layered) {
      assertThat(plan.reclaimable().bound()).as(what).isEqualTo(Bound.ESTIMATE);
    }
    bounds.merge(plan.reclaimable().bound(), 1, Integer::sum);
  }

  private static void check(String what, BoundedSize said, long freed) {
    if (said.bound() == Bound.ESTIMATE) {
      return; // it says that it does not know
    }
    String all = what + ": " + said.bound() + " " + said.bytes() + ", came free " + freed;
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
    if (btrfs) {
      ChildProcess.run(root, "btrfs", "filesystem", "sync", root.toString());
    }
    return Files.getFileStore(root).getUnallocatedSpace();
  }
}
