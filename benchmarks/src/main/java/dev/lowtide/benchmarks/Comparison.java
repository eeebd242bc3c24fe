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

  private static final Target NO_TARGET = target(Double.POSITIVE_INFINITY);
  private static final Target TINY_TREE_SECONDS = target(0.120);

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
   * @param files sizes of the trees that are measured
   * @param removalFiles size of the tree that is removed; 0 for none
   * @param rounds how often each contestant runs on each tree
   * @param lowtide the launcher
   * @param limit the program of {@code limit.c}, where it could be built
   * @param javas by name, the newest first
   */
  private record Settings(
      List<Integer> files,
      int removalFiles,
      int rounds,
      Path lowtide,
      Optional<Path> limit,
      Map<String, Java> javas) {

    /** The launcher with a Java of one's choice. */
    List<String> size(Java java) {
      return List.of("env", "LOWTIDE_JAVA_HOME=" + java.home(), lowtide.toString(), "size");
    }
  }

  /** A Java installation. */
  private record Java(Path home) {

    /** Whether the native layer works with it. */
    boolean isNative() {
      try {
        return Files.readAllLines(home.resolve("release")).stream()
            .anyMatch(line -> line.matches("JAVA_VERSION=\"(2[2-9]|[3-9]\\d).*"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    List<String> command(String... options) {
      List<String> command = new ArrayList<>(List.of(home.resolve("bin/java").toString()));
      command.addAll(List.of(options));
      if (isNative()) {
        command.add("--enable-native-access=ALL-UNNAMED");
      }
      return command;
    }

    /** A worker that does one job on the tree that is named behind it; see {@code launch.sh}. */
    List<String> worker(String job) {
      List<String> command =
          new ArrayList<>(command("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
      command.addAll(
          List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName(), job));
      return command;
    }
  }

  /**
   * One question to one program.
   *
   * @param most the ratio that it is to stay below; infinite where nothing is asked
   * @param columns for which that holds; all if empty
   */
  private record Target(double most, List<String> columns) {
    boolean isMissed(Map<String, List<Double>> row) {
      return row.entrySet().stream()
          .filter(column -> columns.isEmpty() || columns.contains(column.getKey()))
          .anyMatch(column -> median(column.getValue()) > most);
    }

    String verdict(Map<String, List<Double>> row) {
      if (most == Double.POSITIVE_INFINITY) {
        return "";
      }
      String where = String.join(", ", columns).toLowerCase(Locale.ROOT);
      return String.format(
          Locale.ROOT,
          "≤ %.2f%s%s",
          most,
          where.isEmpty() ? "" : " on " + where,
          isMissed(row) ? ": **missed**" : "");
    }
  }

  private static Target target(double most) {
    return new Target(most, List.of());
  }

  /** Somebody who can be timed. */
  private interface Contestant extends AutoCloseable {
    String name();

    Target target();

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
   * @param args {@code files=10000,100000 removal=200000 rounds=7 lowtide=LAUNCHER limit=PROGRAM
   *     java:NAME=HOME…}; {@code files=} and {@code removal=0} for none
   */
  public static void main(String[] args) throws IOException {
    Map<String, Java> javas = new LinkedHashMap<>();
    Map<String, String> others = new LinkedHashMap<>();
    for (String arg : args) {
      String name = arg.substring(0, arg.indexOf('='));
      String value = arg.substring(name.length() + 1);
      if (name.startsWith("java:")) {
        javas.put(name.substring(5), new Java(Path.of(value)));
      } else {
        others.put(name, value);
      }
    }
    List<Integer> files =
        Stream.of(others.getOrDefault("files", "10000,100000").split(",", -1))
            .filter(size -> !size.isEmpty())
            .map(Integer::valueOf)
            .toList();
    Comparison comparison =
        new Comparison(
            new Settings(
                files,
                Integer.parseInt(others.getOrDefault("removal", "100000")),
                Integer.parseInt(others.getOrDefault("rounds", "7")),
                Path.of(requireNonNull(others.get("lowtide"), "lowtide=LAUNCHER")),
                Optional.ofNullable(others.get("limit")).map(Path::of),
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
    start();
    for (int files : settings.files()) {
      measure(files);
    }
    if (settings.removalFiles() > 0) {
      remove();
    }
  }

  /** What a process takes before and after its work. */
  private void start() throws IOException {
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(program("`du -s -x -B1`", NO_TARGET, List.of("du", "-s", "-x", "-B1")));
    settings
        .javas()
        .forEach(
            (name, java) ->
                contestants.add(
                    program("`lowtide size`, " + name, TINY_TREE_SECONDS, settings.size(java))));
    Map<String, List<Double>> seconds = new LinkedHashMap<>();
    try (GeneratedTree tree = GeneratedTree.of(GeneratedTree.Shape.WIDE, 3)) {
      for (int round = -WARM_UP; round < settings.rounds(); round++) {
        for (Contestant contestant : contestants) {
          double second = contestant.run(tree.root()) / 1e9;
          if (round >= 0) {
            seconds.computeIfAbsent(contestant.name(), name -> new ArrayList<>()).add(second);
          }
        }
      }
    }
    System.out.println("\n### Measuring 3 files (seconds)\n\n| | | target |\n|---|---|---|");
    for (Contestant contestant : contestants) {
      List<Double> row = requireNonNull(seconds.get(contestant.name()));
      System.out.printf(
          "| %s | %s | %s |%n",
          contestant.name(), spread(row), contestant.target().verdict(Map.of("", row)));
    }
  }

  private void measure(int files) throws IOException {
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(program("`du -s -x -B1`", NO_TARGET, List.of("du", "-s", "-x", "-B1")));
    settings
        .limit()
        .ifPresent(
            limit ->
                contestants.add(
                    program("the limit: C, two threads", NO_TARGET, List.of(limit.toString()))));
    settings
        .javas()
        .forEach(
            (name, java) -> {
              if (java.isNative()) {
                contestants.add(
                    worker("`measure`, " + name, target(0.48), java, "-Xmx32m", "measure"));
              }
              contestants.add(
                  worker(
                      "`measure`, portable, " + name,
                      java.isNative() ? NO_TARGET : target(0.68),
                      java,
                      "-Xmx256m",
                      "measure-portable"));
              if (java.isNative()) {
                contestants.add(
                    worker(
                        "`measure` again, by directories, " + name,
                        new Target(0.15, List.of(GeneratedTree.Shape.WIDE.name())),
                        java,
                        "-Xmx64m",
                        "measure-again"));
              }
              contestants.add(
                  worker(
                      "`capture`, " + name,
                      java.isNative() ? target(1.3 * 0.48) : NO_TARGET,
                      java,
                      "-Xmx2g",
                      "capture"));
            });
    Java newest = settings.javas().values().iterator().next();
    contestants.add(
        worker("`Files.walkFileTree`", NO_TARGET, newest, "-Xmx256m", "measure-walkFileTree"));
    contestants.add(worker("commons-io", NO_TARGET, newest, "-Xmx256m", "measure-commons-io"));
    settings
        .javas()
        .forEach(
            (name, java) ->
                contestants.add(
                    program(
                        "`lowtide size`, " + name,
                        target(java.isNative() ? 0.80 : 1.1),
                        settings.size(java))));
    OTHERS.forEach(
        (name, argv) -> {
          if (isInstalled(name)) {
            contestants.add(program(name, NO_TARGET, argv));
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
    Java newest = settings.javas().values().iterator().next();
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(program("`rm -rf`", NO_TARGET, List.of("rm", "-rf")));
    settings
        .javas()
        .forEach(
            (name, java) -> {
              if (java.isNative()) {
                contestants.add(
                    worker("removal, " + name, target(0.90), java, "-Xmx64m", "remove"));
                contestants.add(
                    program(
                        "removal, " + name + ", whole process",
                        target(1.0),
                        java.worker("remove")));
              }
              contestants.add(
                  worker(
                      "removal, portable, " + name,
                      target(1.3),
                      java,
                      "-Xmx64m",
                      "remove-portable"));
            });
    contestants.add(worker("commons-io", NO_TARGET, newest, "-Xmx256m", "remove-commons-io"));
    contestants.add(worker("Guava", NO_TARGET, newest, "-Xmx256m", "remove-guava"));
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
            + " | peak MB | target |");
    System.out.println("|---|" + "---|".repeat(columns.size() + 2));
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
              + " | "
              + contestant.target().verdict(row)
              + " |");
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static String spread(List<Double> values) {
    return String.format(
        Locale.ROOT,
        "%.2f (%.2f–%.2f)",
        median(values),
        Collections.min(values),
        Collections.max(values));
  }

  private static boolean isInstalled(String name) {
    return Arrays.stream(System.getenv("PATH").split(":", -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
  }

  private static Contestant program(String name, Target target, List<String> argv) {
    return new Program(name, target, argv);
  }

  private Contestant worker(String name, Target target, Java java, String heap, String job) {
    Contestant worker = new WarmProcess(name, target, java, heap, job);
    opened.add(worker);
    return worker;
  }

  /** A program that is started for each run. */
  private static final class Program implements Contestant {
    private final String name;
    private final Target target;
    private final List<String> argv;
    private long peak;

    Program(String name, Target target, List<String> argv) {
      this.name = name;
      this.target = target;
      this.argv = argv;
    }

    @Override
    public Target target() {
      return target;
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
    private final Target target;
    private final String job;
    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    WarmProcess(String name, Target target, Java java, String heap, String job) {
      this.name = name;
      this.target = target;
      this.job = job;
      List<String> command = new ArrayList<>(java.command(heap));
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

    @Override
    public Target target() {
      return target;
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
