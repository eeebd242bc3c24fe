package dev.lowtide.benchmarks;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policies.python.PythonPolicies;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Plans a cache of pip by age and by size, and prints the time and the most heap that each took,
 * beside the time in which the same tree is measured; the promise is three times that for a million
 * entries. Each line is the best of the runs, seven unless told, after two that do not count.
 *
 * <p>{@code java --enable-native-access=ALL-UNNAMED -cp benchmarks/target/benchmarks.jar
 * dev.lowtide.benchmarks.CachePlanning [ENTRIES [RUNS]]}
 */
public final class CachePlanning {
  private static final int NOT_COUNTED = 2;

  private static int runs = 7;

  private CachePlanning() {}

  private interface Job {
    long run() throws IOException;
  }

  public static void main(String[] args) throws IOException {
    int entries = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    runs = args.length > 1 ? Integer.parseInt(args[1]) : runs;
    Path root = Files.createTempDirectory("lowtide-benchmark-").toRealPath();
    try {
      fill(root, entries);
      SizeProbe probe = SizeProbe.best();
      DiskUsage usage = probe.measure(root);
      System.out.printf(Locale.ROOT, "%s probe: %d entries%n", probe.name(), usage.entries());
      ByteSize most = new ByteSize(usage.allocatedBytes());
      double measure = report("measure", 0, () -> probe.measure(root).entries());
      report("capture", measure, () -> probe.capture(root).size());
      Retention none = Retention.NONE;
      report("removes nothing", measure, plan(root, none.olderThan(Duration.ofDays(400))));
      report("by age, removes half", measure, plan(root, none.olderThan(Duration.ofDays(180))));
      report("by size, removes a tenth", measure, plan(root, none.maxSize(part(most, 9, 10))));
      report("by size, removes half", measure, plan(root, none.maxSize(part(most, 1, 2))));
      report(
          "by age and size",
          measure,
          plan(root, none.olderThan(Duration.ofDays(180)).maxSize(part(most, 9, 10))));
    } finally {
      MoreFiles.deleteRecursively(root, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private static ByteSize part(ByteSize all, long numerator, long denominator) {
    return new ByteSize(all.bytes() / denominator * numerator);
  }

  private static Job plan(Path root, Retention retention) {
    Lowtide lowtide =
        Lowtide.builder()
            .providers(List.of(new PythonPolicies()))
            .listener(CleanupListener.NONE)
            .retention(retention)
            .build();
    return () -> {
      CleanupPlan plan = lowtide.plan(CleanupTarget.cache("pip-cache", root));
      if (!plan.refused().isEmpty()) {
        throw new IllegalStateException("A target was refused: " + plan.refused().get(0));
      }
      return plan.items().size();
    };
  }

  private static double report(String what, double measure, Job job) throws IOException {
    double best = Double.MAX_VALUE;
    long peak = 0;
    long result = 0;
    for (int run = 0; run < runs; run++) {
      System.gc();
      pools().forEach(MemoryPoolMXBean::resetPeakUsage);
      long start = System.nanoTime();
      result = job.run();
      double seconds = (System.nanoTime() - start) / 1e9;
      if ((run >= NOT_COUNTED || runs <= NOT_COUNTED) && seconds < best) {
        best = seconds;
        peak = pools().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%-22s %6.2f s  %4.1f x measure  %5d MiB heap at most  %d%n",
        what,
        best,
        measure == 0 ? 1 : best / measure,
        peak >> 20,
        result);
    return best;
  }

  private static List<MemoryPoolMXBean> pools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }

  /**
   * As pip does: two files for each response, in a directory by the first five digits of its hash;
   * last used within a year.
   */
  private static void fill(Path root, int entries) throws IOException {
    Random random = new Random(1);
    Instant now = Instant.now();
    Path http = Files.createDirectory(root.resolve("http-v2"));
    for (int made = 2; made < entries; ) {
      String hash = String.format(Locale.ROOT, "%016x%040d", random.nextLong(), made);
      Path directory = http;
      for (int i = 0; i < 5; i++) {
        directory = directory.resolve(hash.substring(i, i + 1));
        if (!Files.isDirectory(directory)) {
          Files.createDirectory(directory);
          made++;
        }
      }
      FileTime used = FileTime.from(now.minusSeconds(24 * 3600 + random.nextInt(365 * 24 * 3600)));
      for (String name : List.of(hash, hash + ".body")) {
        Files.write(directory.resolve(name), new byte[made % 3]);
        Files.setLastModifiedTime(directory.resolve(name), used);
        made++;
      }
      Files.setLastModifiedTime(directory, used);
    }
  }
}
