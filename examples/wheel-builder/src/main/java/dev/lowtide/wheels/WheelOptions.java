package dev.lowtide.wheels;

import com.google.common.base.Splitter;
import dev.lowtide.cli.Options;
import dev.lowtide.cli.UsageException;
import dev.lowtide.plan.SpaceGoal;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The options of {@code build-wheels}. For one run. */
final class WheelOptions {
  private static final Pattern SUFFIX = Pattern.compile("(\\.(post|dev)[0-9]+)?");

  /** The programs that can build. */
  enum Frontend {
    PIP,
    CIBUILDWHEEL
  }

  @Nullable String source;
  String variants = "noavx512";
  @Nullable String pythonVersions;
  List<String> refs = List.of();
  String versionSuffix = "";
  String outputDir = "dist";
  String workspace = "build";
  int maxJobs = Runtime.getRuntime().availableProcessors();
  Duration timeout = Duration.ofHours(1);
  Caches.Mode caches = Caches.Mode.PRIVATE;
  Frontend frontend = Frontend.PIP;
  @Nullable String buildRequirements;
  SpaceGoal minFree = SpaceGoal.NONE;
  boolean keepGoing;
  boolean cleanup = true;
  boolean dryRun;

  /** Adds the options to a command. */
  void addTo(Options options) {
    options.value(
        "--source=URL|DIR",
        String.class,
        value -> source = value,
        "What to build: a Git URL, a Git repository, or a directory with a pyproject.toml"
            + " or setup.py. Default: the bundled sample.");
    options.value(
        "--variant=NAME,…",
        String.class,
        value -> variants = value,
        "noavx512, avx512, avx512vnni, avx512bf16, amxbf16 or all. Default: noavx512.");
    options.value(
        "--python-versions=VERSIONS",
        String.class,
        value -> pythonVersions = value,
        "For example 3.12, 3.10,3.11 or 3.10-3.13, which includes both ends. Default: 3.12,"
            + " or the newest Python found.");
    options.value(
        "--vllm-versions=REF,…",
        String.class,
        value -> refs = Splitter.on(',').trimResults().splitToList(value),
        "Git tags, branches or commits to build. Default: the current commit.");
    options.value(
        "--version-suffix=.postN|.devN",
        String.class,
        value -> versionSuffix = value,
        "A suffix for the version.");
    options.value(
        "--output-dir=DIR",
        String.class,
        value -> outputDir = value,
        "Where the wheels go. Default: dist.");
    options.value(
        "--workspace=DIR",
        String.class,
        value -> workspace = value,
        "Where the builds work. Default: build.");
    options.value(
        "--max-jobs=N",
        Integer.class,
        value -> maxJobs = value,
        "Number of parallel compilers, MAX_JOBS of the build. Default: the number of"
            + " processors.");
    options.value(
        "--timeout=DURATION",
        Duration.class,
        value -> timeout = value,
        "Time limit for each step of a build. Default: 1h.");
    options.value(
        "--caches=MODE",
        Caches.Mode.class,
        value -> caches = value,
        "private: caches of this run, removed with it. user: yours, not cleaned. clean: yours,"
            + " cleaned after each wheel. Default: private.");
    options.value(
        "--frontend=NAME",
        Frontend.class,
        value -> frontend = value,
        "pip, or cibuildwheel if it is installed. Default: pip.");
    options.value(
        "--build-requirements=FILE",
        String.class,
        value -> buildRequirements = value,
        "A requirements file in the source to install first; the wheel is then built"
            + " without isolation.");
    options.value(
        "--min-free=SIZE|PERCENT",
        String.class,
        value -> minFree = floor(value),
        "Keep this much free while the wheels are built, at the cost of your caches.");
    options.flag(
        "--keep-going", value -> keepGoing = value, "Build the other wheels when one fails.");
    options.flag(
        "--no-cleanup",
        value -> cleanup = !value,
        "Remove nothing; the next run in the same workspace does, unless it has this option"
            + " too.");
    options.flag(
        "--dry-run", value -> dryRun = value, "Print what would be done, and change nothing.");
  }

  private static SpaceGoal floor(String text) {
    try {
      return text.isEmpty() ? SpaceGoal.NONE : SpaceGoal.NONE.untilFree(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--min-free: " + e.getMessage());
    }
  }

  /**
   * Checks the options that need nothing of this machine.
   *
   * @throws UsageException if one is wrong
   */
  void check() {
    if (!SUFFIX.matcher(versionSuffix).matches()) {
      throw new UsageException(
          "--version-suffix must be .postN or .devN with a number, not '" + versionSuffix + "'");
    }
    if (refs.contains("")) {
      throw new UsageException(
          "--vllm-versions is empty or has an empty part; is a variable unset?");
    }
    if (maxJobs < 1) {
      throw new UsageException("--max-jobs must be 1 or more, not " + maxJobs);
    }
    if (frontend == Frontend.CIBUILDWHEEL && buildRequirements != null) {
      throw new UsageException(
          "--build-requirements works with pip only; for cibuildwheel use its before-build");
    }
    if (source != null && source.isEmpty()) {
      throw new UsageException("--source is empty; is a variable not set?");
    }
  }
}
