package dev.lowtide.wheels;

import com.google.common.base.Splitter;
import dev.lowtide.cli.Inputs;
import dev.lowtide.cli.Options;
import dev.lowtide.cli.UsageException;
import dev.lowtide.plan.SpaceGoal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
  @Nullable String matrix;
  @Nullable String variants;
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
  boolean submodules;
  boolean keepGoing;
  boolean cleanup = true;
  boolean dryRun;

  /** Adds the options to a command. */
  void addTo(Options options) {
    options.text(
        "--source=URL|DIR",
        value -> source = value,
        "What to build: a Git URL, a Git repository, or a directory with a pyproject.toml"
            + " or setup.py. Default: the bundled sample.");
    options.text(
        "--variant=NAME,…",
        value -> variants = value,
        "noavx512, avx512, avx512vnni, avx512bf16, amxbf16 or those of --matrix; or all."
            + " Default: the first one.");
    options.text(
        "--matrix=FILE",
        value -> matrix = value,
        "A TOML file with variants of your own. Default: the CPU variants of vLLM.");
    options.text(
        "--python-versions=VERSIONS",
        value -> pythonVersions = value,
        "Versions and ranges with both ends, for example 3.12, 3.10,3.11 or 3.10-3.13."
            + " Default: 3.12, or the newest Python found.");
    options.text(
        "--vllm-versions=REF,…",
        value -> refs = Splitter.on(',').trimResults().splitToList(value),
        "Git tags, branches or commits to build; a version also finds its tag with or without"
            + " v. Default: the current commit.");
    options.flag(
        "--submodules", value -> submodules = value, "Check out the submodules of the source.");
    options.text(
        "--version-suffix=.postN|.devN",
        value -> versionSuffix = value,
        "A suffix for the version of the wheels.");
    options.text(
        "--output-dir=DIR",
        value -> outputDir = value,
        "The directory for the wheels. Default: dist.");
    options.text(
        "--workspace=DIR",
        value -> workspace = value,
        "The directory in which the builds work. Default: build.");
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
        "private: caches of this run, which are removed at its end. user: your caches, not"
            + " cleaned. clean: your caches, cleaned after each wheel. Default: private.");
    options.value(
        "--frontend=NAME",
        Frontend.class,
        value -> frontend = value,
        "pip, or cibuildwheel if it is installed. Default: pip.");
    options.text(
        "--build-requirements=FILE",
        value -> buildRequirements = value,
        "A requirements file in the source to install first; the wheel is then built"
            + " without isolation.");
    options.text(
        "--min-free=SIZE|PERCENT",
        value ->
            minFree =
                value.isEmpty()
                    ? SpaceGoal.NONE
                    : Inputs.untilFree("--min-free", SpaceGoal.NONE, value),
        "Keep this much space free during the builds, by removing items from your caches.");
    options.flag(
        "--keep-going",
        value -> keepGoing = value,
        "Continue with the other wheels after one fails.");
    options.flag(
        "--no-cleanup",
        value -> cleanup = !value,
        "Remove nothing. The next run in the same workspace without this option cleans up.");
    options.flag(
        "--dry-run", value -> dryRun = value, "Print what would be done, and change nothing.");
  }

  /** The states of the source to build; the current one if none is named. */
  List<Optional<String>> states() {
    return refs.isEmpty() ? List.of(Optional.empty()) : refs.stream().map(Optional::of).toList();
  }

  /**
   * Checks what can be checked without looking at this machine.
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
          "--vllm-versions is empty or has an empty part; is a variable not set?");
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
