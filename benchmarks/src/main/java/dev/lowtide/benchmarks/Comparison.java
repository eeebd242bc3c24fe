package dev.lowtide.benchmarks;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Times Lowtide beside {@code du}, {@code rm} and whatever else of their kind is installed: all on
 * the same tree, one after the other and then again, so that what else the machine does hits all of
 * them. Prints Markdown; started by {@code benchmarks/compare}.
 *
 * <p>Every number is a ratio to {@code du} or {@code rm} of the same round: the median of the
 * rounds and, in brackets, the lowest and the highest.
 */
public final class Comparison {
  /** Runs before anything is noted, for the caches of the kernel and the compilers of the JVMs. */
  private static final int WARM_UP = 3;

  private static final Path TIME = Path.of("/usr/bin/time");

  /** What each program needs to add up a tree once and print no more than it has to. */
  private static final Map<String, List<String>> OTHERS =
      Map.of(
          "gdu", List.of("gdu", "--non-interactive", "--no-progress", "--summarize"),
          "ncdu", List.of("ncdu", "-0", "-x", "-o", "/dev/null"),
          "dust", List.of("dust", "-d", "0", "-P"),
          "dua", List.of("dua", "aggregate"),
          "pdu", List.of("pdu", "--max-depth", "1"),
          "diskus", List.of("diskus"));

  private final Settings settings;
  private final List<Contestant> opened = new ArrayList<>();

  /**
   * What is run.
   *
   * @param files sizes of the trees
   * @param removalFiles size of the tree for removal
   * @param rounds how often each contestant runs on each tree
   * @param lowtide commands for the whole process, by name
   * @param javas Java homes of the workers, by name
   */
  private record Settings(
      List<Integer> files,
      int removalFiles,
      int rounds,
      Map<String, List<String>> lowtide,
      Map<String, Path> javas) {}

  /** Somebody who can be timed. */
  private interface Contestant extends AutoCloseable {
    String name();

    /** Nanoseconds for one run. */
    long run(Path tree) throws IOException;

    /** The most memory that it ever had, in KiB, where that is known. */
    Optional<Long> peakKib();

    @Override
    default void close() {}
  }

  private Comparison(Settings settings) {
    this.settings = settings;
  }

  /**
   * Compares.
   *
   * @param args {@code files=10000,100000 removal=200000 rounds=7 lowtide:NAME=COMMAND…
   *     java:NAME=HOME…}
   */
  public static void main(String[] args) throws IOException {
    Map<String, List<String>> lowtide = new LinkedHashMap<>();
    Map<String, Path> javas = new LinkedHashMap<>();
    Map<String, String> others = new LinkedHashMap<>();
    for (String arg : args) {
      String name = arg.substring(0, arg.indexOf('='));
      String value = arg.substring(name.length() + 1);
      if (name.startsWith("lowtide:")) {
        lowtide.put(name.substring(8), List.of(value.split(" ", -1)));
      } else if (name.startsWith("java:")) {
        javas.put(name.substring(5), Path.of(value));
      } else {
        others.put(name, value);
      }
    }
    List<Integer> files =
        Stream.of(others.getOrDefault("files", "10000,100000").split(",", -1))
            .map(Integer::valueOf)
            .toList();
    Comparison comparison =
        new Comparison(
            new Settings(
                files,
                Integer.parseInt(others.getOrDefault("removal", "100000")),
                Integer.parseInt(others.getOrDefault("rounds", "7")),
                lowtide,
                javas));
    try {
      comparison.run();
    } finally {
      comparison.opened.forEach(Contestant::close);
    }
  }

  private void run() throws IOException {
    System.out.printf(
        Locale.ROOT,
        "%s, %d processors, %s %s, %s; %d rounds.%n",
        LocalDate.now(ZoneOffset.UTC),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        Files.getFileStore(Path.of(System.getProperty("java.io.tmpdir"))).type(),
        settings.rounds());
    for (int files : settings.files()) {
      measure(files);
    }
    remove();
  }

  private void measure(int files) throws IOException {
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(program("`du -s -x -B1`", List.of("du", "-s", "-x", "-B1")));
    settings
        .javas()
        .forEach(
            (name, home) -> {
              contestants.add(worker("`measure`, " + name, home, "-Xmx32m", "measure"));
              contestants.add(
                  worker("`measure`, portable, " + name, home, "-Xmx256m", "measure-portable"));
              contestants.add(worker("`capture`, " + name, home, "-Xmx2g", "capture"));
            });
    Path newest = settings.javas().values().iterator().next();
    contestants.add(worker("`Files.walkFileTree`", newest, "-Xmx256m", "measure-walkFileTree"));
    contestants.add(worker("commons-io", newest, "-Xmx256m", "measure-commons-io"));
    settings
        .lowtide()
        .forEach((name, argv) -> contestants.add(program("`lowtide size`, " + name, argv)));
    OTHERS.forEach(
        (name, argv) -> {
          if (isInstalled(name)) {
            contestants.add(program(name, argv));
          }
        });
    Map<String, Map<String, List<Double>>> ratios = new LinkedHashMap<>();
    StringBuilder seconds = new StringBuilder();
    for (GeneratedTree.Shape shape : GeneratedTree.Shape.values()) {
      try (GeneratedTree tree = GeneratedTree.of(shape, files)) {
        List<Long> first = new ArrayList<>();
        for (int round = -WARM_UP; round < settings.rounds(); round++) {
          long reference = 0;
          for (Contestant contestant : contestants) {
            long nanos = contestant.run(tree.root());
            reference = reference == 0 ? nanos : reference;
            if (round >= 0) {
              ratios
                  .computeIfAbsent(contestant.name(), name -> new LinkedHashMap<>())
                  .computeIfAbsent(shape.name(), name -> new ArrayList<>())
                  .add((double) nanos / reference);
            }
          }
          first.add(reference);
        }
        Collections.sort(first);
        seconds.append(
            String.format(
                Locale.ROOT,
                " %s %.3f s,",
                shape.name().toLowerCase(Locale.ROOT),
                first.get(first.size() / 2) / 1e9));
      }
    }
    print(
        String.format(Locale.ROOT, "Measuring %,d files (`du`:%s ratios to it)", files, seconds),
        contestants,
        ratios);
  }

  private void remove() throws IOException {
    Path newest = settings.javas().values().iterator().next();
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(program("`rm -rf`", List.of("rm", "-rf")));
    settings
        .javas()
        .forEach(
            (name, home) -> contestants.add(worker("removal, " + name, home, "-Xmx64m", "remove")));
    contestants.add(worker("commons-io", newest, "-Xmx256m", "remove-commons-io"));
    contestants.add(worker("Guava", newest, "-Xmx256m", "remove-guava"));
    Map<String, Map<String, List<Double>>> ratios = new LinkedHashMap<>();
    for (int round = -1; round < settings.rounds(); round++) {
      long reference = 0;
      for (Contestant contestant : contestants) {
        long nanos;
        try (GeneratedTree tree =
            GeneratedTree.of(GeneratedTree.Shape.WIDE, settings.removalFiles())) {
          nanos = contestant.run(tree.root());
        }
        reference = reference == 0 ? nanos : reference;
        if (round >= 0) {
          ratios
              .computeIfAbsent(contestant.name(), name -> new LinkedHashMap<>())
              .computeIfAbsent("WIDE", name -> new ArrayList<>())
              .add((double) nanos / reference);
        }
      }
    }
    print(
        String.format(
            Locale.ROOT, "Removing %,d files (ratios to `rm -rf`)", settings.removalFiles()),
        contestants,
        ratios);
  }

  private static void print(
      String title, List<Contestant> contestants, Map<String, Map<String, List<Double>>> ratios) {
    List<String> columns = List.copyOf(ratios.values().iterator().next().keySet());
    System.out.println("\n### " + title + "\n");
    System.out.println(
        "| |"
            + columns.stream()
                .map(name -> " " + name.toLowerCase(Locale.ROOT))
                .collect(joining(" |"))
            + " | peak MB |");
    System.out.println("|---|" + "---|".repeat(columns.size() + 1));
    for (Contestant contestant : contestants) {
      Map<String, List<Double>> row = requireNonNull(ratios.get(contestant.name()));
      System.out.println(
          "| "
              + contestant.name()
              + " | "
              + columns.stream()
                  .map(column -> spread(requireNonNull(row.get(column))))
                  .collect(joining(" | "))
              + " | "
              + contestant
                  .peakKib()
                  .map(kib -> String.format(Locale.ROOT, "%.0f", kib / 1024.0))
                  .orElse("?")
              + " |");
    }
  }

  private static String spread(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return String.format(
        Locale.ROOT,
        "%.2f (%.2f–%.2f)",
        sorted[sorted.length / 2],
        sorted[0],
        sorted[sorted.length - 1]);
  }

  private static boolean isInstalled(String name) {
    return Arrays.stream(System.getenv("PATH").split(":", -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
  }

  private static Contestant program(String name, List<String> argv) {
    return new Program(name, argv);
  }

  private Contestant worker(String name, Path javaHome, String heap, String job) {
    Contestant worker = new WarmProcess(name, javaHome, heap, job);
    opened.add(worker);
    return worker;
  }

  /** A program that is started for each run. */
  private static final class Program implements Contestant {
    private final String name;
    private final List<String> argv;
    private long peak;

    Program(String name, List<String> argv) {
      this.name = name;
      this.argv = argv;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public long run(Path tree) throws IOException {
      List<String> command = new ArrayList<>();
      Path memory = Files.createTempFile("lowtide-benchmark-", ".rss");
      if (Files.isExecutable(TIME)) {
        command.addAll(List.of(TIME.toString(), "-f", "%M", "-o", memory.toString()));
      }
      command.addAll(argv);
      command.add(tree.toString());
      long start = System.nanoTime();
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        int exit = process.waitFor();
        long nanos = System.nanoTime() - start;
        if (exit != 0) {
          throw new IOException(String.join(" ", command) + " ended with exit code " + exit);
        }
        String kib = Files.readString(memory).strip();
        peak = Math.max(peak, kib.isEmpty() ? 0 : Long.parseLong(kib));
        return nanos;
      } catch (InterruptedException e) {
        process.destroy();
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted", e);
      } finally {
        Files.delete(memory);
      }
    }

    @Override
    public Optional<Long> peakKib() {
      return peak == 0 ? Optional.empty() : Optional.of(peak);
    }
  }

  /** A {@link Worker}. */
  private static final class WarmProcess implements Contestant {
    private final String name;
    private final String job;
    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    WarmProcess(String name, Path javaHome, String heap, String job) {
      this.name = name;
      this.job = job;

      List<String> command =
          new ArrayList<>(List.of(javaHome.resolve("bin/java").toString(), heap));
      if (isNewer(javaHome)) {
        command.add("--enable-native-access=ALL-UNNAMED");
      }
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName()));
      try {
        process =
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      in = process.outputWriter(StandardCharsets.UTF_8);
      out = process.inputReader(StandardCharsets.UTF_8);
    }

    private static boolean isNewer(Path javaHome) {
      try {
        return Files.readAllLines(javaHome.resolve("release")).stream()
            .anyMatch(line -> line.matches("JAVA_VERSION=\"(2[2-9]|[3-9]\\d).*"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public long run(Path tree) throws IOException {
      in.write(job + " " + tree + "\n");
      in.flush();
      String answer = out.readLine();
      if (answer == null) {
        throw new IOException("The worker for " + name + " has ended");
      }
      return Long.parseLong(answer);
    }

    @Override
    public Optional<Long> peakKib() {
      try (Stream<String> lines =
          Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
        return lines
            .filter(line -> line.startsWith("VmHWM:"))
            .map(line -> Long.valueOf(line.replaceAll("\\D", "")))
            .findFirst();
      } catch (IOException e) {
        return Optional.empty();
      }
    }

    @Override
    public void close() {
      process.destroy();
    }
  }
}
