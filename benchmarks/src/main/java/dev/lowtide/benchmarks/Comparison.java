package dev.lowtide.benchmarks;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
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

  /** In seconds. */
  private static final Target TINY_TREE = Target.atMost(0.120);

  /** What {@code measure} is to take of {@code du}. */
  private static final double MEASURE = 0.48;

  /** What each program needs to add up a tree once and print no more than it has to. */
  private static final Map<String, List<String>> OTHERS =
      Map.of(
          "gdu", List.of("gdu", "--non-interactive", "--no-progress", "--summarize"),
          "ncdu", List.of("ncdu", "-0", "-x", "-o", "/dev/null"),
          "dust", List.of("dust", "-d", "0", "-P"),
          "dua", List.of("dua", "aggregate"),
          "pdu", List.of("pdu", "--max-depth", "1"),
          "diskus", List.of("diskus"));

  /** Makes a repository of a tree, {@code $0}, that ignores bytecode. */
  private static final String COMMIT_SOURCES =
      """
      cd "$0" && git init -q && echo __pycache__/ > .gitignore && git add -A
      git -c user.name=benchmark -c user.email=benchmark@localhost commit -qm sources\
      """;

  private final Settings settings;
  private final List<Contestant> opened = new ArrayList<>();

  /**
   * What is run.
   *
   * @param files sizes of the trees that are measured
   * @param removalFiles size of the tree that is removed; 0 for none
   * @param items numbers of small directories that are cleaned
   * @param rounds how often each contestant runs on each tree
   * @param lowtide the launcher
   * @param limit the program of {@code limit.c}, where it could be built
   * @param javas by name, the newest first
   */
  private record Settings(
      List<Integer> files,
      int removalFiles,
      List<Integer> items,
      int rounds,
      Path lowtide,
      Optional<Path> limit,
      Map<String, JavaHome> javas) {

    /** The command with a certain Java. */
    @SafeVarargs
    final List<String> command(JavaHome java, String command, List<String>... options) {
      List<String> argv = new ArrayList<>();
      argv.addAll(
          List.of("env", "LOWTIDE_JAVA_HOME=" + java.directory(), lowtide.toString(), command));
      for (List<String> some : options) {
        argv.addAll(some);
      }
      return argv;
    }

    List<String> size(JavaHome java) {
      return command(java, "size");
    }

    JavaHome newest() {
      return javas.values().iterator().next();
    }
  }

  private Comparison(Settings settings) {
    this.settings = settings;
  }

  /**
   * Compares.
   *
   * @param args {@code files=10000,100000 removal=200000 items=2000,20000 rounds=7 lowtide=LAUNCHER
   *     limit=PROGRAM java:NAME=HOME…}; {@code files=}, {@code removal=0} and {@code items=} for
   *     none
   */
  public static void main(String[] args) throws IOException {
    Map<String, JavaHome> javas = new LinkedHashMap<>();
    Map<String, String> others = new LinkedHashMap<>();
    for (String arg : args) {
      String name = arg.substring(0, arg.indexOf('='));
      String value = arg.substring(name.length() + 1);
      if (name.startsWith("java:")) {
        javas.put(name.substring(5), new JavaHome(Path.of(value)));
      } else {
        others.put(name, value);
      }
    }
    Comparison comparison =
        new Comparison(
            new Settings(
                numbers(others.getOrDefault("files", "10000,100000")),
                Integer.parseInt(others.getOrDefault("removal", "100000")),
                numbers(others.getOrDefault("items", "2000,20000")),
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

  private static List<Integer> numbers(String list) {
    return Stream.of(list.split(",", -1))
        .filter(number -> !number.isEmpty())
        .map(Integer::valueOf)
        .toList();
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
    if (!settings.items().isEmpty()) {
      clean();
    }
  }

  /** What a process takes before and after its work. */
  private void start() throws IOException {
    List<Contestant> contestants = new ArrayList<>(List.of(du()));
    settings
        .javas()
        .forEach(
            (name, java) ->
                contestants.add(
                    new Program("`lowtide size`, " + name, TINY_TREE, settings.size(java))));
    Results seconds = new Results();
    try (GeneratedTree tree = GeneratedTree.of(GeneratedTree.Shape.WIDE, 3)) {
      for (int round = -WARM_UP; round < settings.rounds(); round++) {
        for (Contestant contestant : contestants) {
          double second = contestant.run(tree.root()) / 1e9;
          if (round >= 0) {
            seconds.add(contestant, "seconds", second);
          }
        }
      }
    }
    seconds.print("Measuring 3 files");
  }

  private void measure(int files) throws IOException {
    Results ratios = new Results();
    StringBuilder seconds = new StringBuilder();
    List<Contestant> contestants = measuring();
    for (GeneratedTree.Shape shape : GeneratedTree.Shape.MEASURED) {
      try (GeneratedTree tree = GeneratedTree.of(shape, files)) {
        String column = shape.name().toLowerCase(Locale.ROOT);
        List<Double> references = new ArrayList<>();
        for (int round = -WARM_UP; round < settings.rounds(); round++) {
          long reference = 0;
          for (Contestant contestant : contestants) {
            long nanos = contestant.run(tree.root());
            reference = reference == 0 ? nanos : reference;
            if (round >= 0) {
              ratios.add(contestant, column, (double) nanos / reference);
            }
          }
          references.add(reference / 1e9);
        }
        seconds.append(
            String.format(Locale.ROOT, " %s %.3f s,", column, Results.median(references)));
      }
    }
    ratios.print(
        String.format(Locale.ROOT, "Measuring %,d files (`du`:%s ratios to it)", files, seconds));
  }

  private List<Contestant> measuring() {
    List<Contestant> contestants = new ArrayList<>(List.of(du()));
    settings
        .limit()
        .ifPresent(
            limit ->
                contestants.add(
                    new Program(
                        "the limit: C, two threads", Target.NONE, List.of(limit.toString()))));
    settings.javas().forEach((name, java) -> contestants.addAll(probes(name, java)));
    JavaHome newest = settings.newest();
    contestants.add(
        worker("`Files.walkFileTree`", Target.NONE, newest, "-Xmx256m", "measure-walkFileTree"));
    contestants.add(worker("commons-io", Target.NONE, newest, "-Xmx256m", "measure-commons-io"));
    settings
        .javas()
        .forEach(
            (name, java) -> {
              contestants.add(
                  new Program(
                      "`lowtide size`, " + name,
                      Target.atMost(java.isNative() ? 0.80 : 1.1),
                      settings.size(java)));
              contestants.add(
                  new Program(
                      "`lowtide plan` in which nothing is removed, " + name,
                      java.isNative() ? Target.atMost(1.0) : Target.NONE,
                      settings.command(java, "plan", List.of("-q", "--root"))));
            });
    OTHERS.forEach(
        (name, argv) -> {
          if (isInstalled(name)) {
            contestants.add(new Program(name, Target.NONE, argv));
          }
        });
    return contestants;
  }

  /** What Lowtide measures with, in a warm process. */
  private List<Contestant> probes(String name, JavaHome java) {
    List<Contestant> probes = new ArrayList<>();
    boolean isNative = java.isNative();
    if (isNative) {
      probes.add(worker("`measure`, " + name, Target.atMost(MEASURE), java, "-Xmx32m", "measure"));
      probes.add(
          worker(
              "`measure` again, by directories, " + name,
              new Target(0.15, List.of("wide")),
              java,
              "-Xmx64m",
              "measure-again"));
    }
    probes.add(
        worker(
            "`measure`, portable, " + name,
            isNative ? Target.NONE : Target.atMost(0.68),
            java,
            "-Xmx256m",
            "measure-portable"));
    probes.add(
        worker(
            "`capture`, " + name,
            isNative ? Target.atMost(1.3 * MEASURE) : Target.NONE,
            java,
            "-Xmx2g",
            "capture"));
    return probes;
  }

  private void remove() throws IOException {
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(new Program("`rm -rf`", Target.NONE, List.of("rm", "-rf")));
    settings
        .javas()
        .forEach(
            (name, java) -> {
              if (java.isNative()) {
                contestants.add(
                    worker("removal, " + name, Target.atMost(0.90), java, "-Xmx64m", "remove"));
                contestants.add(
                    new Program(
                        "removal, " + name + ", whole process",
                        Target.atMost(1.0),
                        java.worker("remove")));
              }
              contestants.add(
                  worker(
                      "removal, portable, " + name,
                      Target.atMost(1.3),
                      java,
                      "-Xmx64m",
                      "remove-portable"));
            });
    JavaHome newest = settings.newest();
    contestants.add(worker("commons-io", Target.NONE, newest, "-Xmx256m", "remove-commons-io"));
    contestants.add(worker("Guava", Target.NONE, newest, "-Xmx256m", "remove-guava"));
    Results ratios = new Results();
    removeEach(contestants, GeneratedTree.Shape.WIDE, settings.removalFiles(), "wide", ratios);
    ratios.print(
        String.format(
            Locale.ROOT, "Removing %,d files (ratios to `rm -rf`)", settings.removalFiles()));
  }

  /** Many small items: directories of bytecode, each beside its sources. */
  private void clean() throws IOException {
    Results ratios = new Results();
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(
        new Program(
            "`find … -exec rm -rf {} +`",
            Target.NONE,
            List.of(
                "find",
                Program.TREE,
                "-name",
                "__pycache__",
                "-prune",
                "-exec",
                "rm",
                "-rf",
                "{}",
                "+")));
    contestants.add(
        new Program(
            "`git clean -fdXq`",
            Target.NONE,
            List.of("git", "-C", Program.TREE, "clean", "-fdXq"),
            List.of("sh", "-c", COMMIT_SOURCES, Program.TREE)));
    settings.javas().forEach((name, java) -> contestants.addAll(cleaners(name, java)));
    for (int items : settings.items()) {
      removeEach(
          contestants,
          GeneratedTree.Shape.BYTECODE,
          items,
          String.format(Locale.ROOT, "%,d", items),
          ratios);
    }
    ratios.print("Cleaning directories of four files (ratios to `find` and `rm`)");
  }

  private List<Contestant> cleaners(String name, JavaHome java) {
    Target target = Target.atMost(java.isNative() ? 1.2 : 1.6);
    List<String> policy = List.of("-q", "--policy", "python.bytecode", "--root");
    List<String> undoably =
        settings.command(java, "clean", List.of("--yes", "--undo-for", "1h"), policy);
    return List.of(
        new Program("`lowtide plan`, " + name, Target.NONE, settings.command(java, "plan", policy)),
        new Program(
            "`lowtide clean`, " + name,
            target,
            settings.command(java, "clean", List.of("--yes"), policy)),
        new Program("`lowtide clean --undo-for 1h`, " + name, target, undoably),
        new Program(
            "`lowtide trash purge`, " + name,
            target,
            settings.command(java, "trash", List.of("purge", "-q", "--all", "--yes", "--root")),
            undoably));
  }

  /** Lets each contestant remove from a new tree in each round. */
  private void removeEach(
      List<Contestant> contestants,
      GeneratedTree.Shape shape,
      int size,
      String column,
      Results ratios)
      throws IOException {
    for (int round = -1; round < settings.rounds(); round++) {
      long reference = 0;
      for (Contestant contestant : contestants) {
        long nanos;
        try (GeneratedTree tree = GeneratedTree.of(shape, size)) {
          nanos = contestant.run(tree.root());
          if (contestant.removes() && Files.exists(shape.removable(tree.root()))) {
            throw new IOException(contestant.name() + " removed nothing");
          }
        }
        reference = reference == 0 ? nanos : reference;
        if (round >= 0) {
          ratios.add(contestant, column, (double) nanos / reference);
        }
      }
    }
  }

  private static Contestant du() {
    return new Program("`du -s -x -B1`", Target.NONE, List.of("du", "-s", "-x", "-B1"));
  }

  private static boolean isInstalled(String name) {
    return Arrays.stream(System.getenv("PATH").split(":", -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
  }

  private Contestant worker(String name, Target target, JavaHome java, String heap, String job) {
    Contestant worker = new WarmProcess(name, target, java, heap, job);
    opened.add(worker);
    return worker;
  }
}
