package dev.lowtide.policies.python.environments;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.RecordedPath;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Environments of conda: directories with {@code conda-meta/history}, by which conda itself
 * recognises them ({@code conda/base/constants.py}, conda 4 to 24). Only conda removes them,
 * because it also lists them elsewhere.
 */
public final class CondaEnvironments {
  private static final RebuildCost COST = RebuildCost.DOWNLOAD;

  private static final String RECORDS = "conda-meta";
  private static final Pattern CONDA_ITSELF = Pattern.compile("conda-[0-9][^-]*-[^-]+\\.json");

  /** The directories into which packages install most files, on any platform. */
  private static final Pattern USUAL_DIRECTORIES =
      Pattern.compile(
          RECORDS
              + "|bin|lib|include|share|etc|ssl|man|sbin|libexec"
              + "|Lib|Library|Scripts|DLLs|Include|libs|Tools");

  /**
   * Files from which an environment can be restored: of conda, conda-lock, anaconda-project and
   * pip.
   */
  private static final Pattern SPECIFICATION =
      Pattern.compile(
          "(environment|conda-lock|anaconda-project|meta|recipe).*\\.ya?ml|conda-.+\\.lock"
              + "|requirements.*\\.txt|pyproject\\.toml|explicit\\.txt|spec-file\\.txt");

  /**
   * {@code files} of a package's record: "PrefixRecord" in conda/models/records.py, conda 4.4 to
   * 24.
   */
  private static final Pattern FILES_KEY = Pattern.compile("\"files\"\\s*+:\\s*+\\[");

  private static final Pattern STRING = Pattern.compile("\"([^\"\\\\]++)\"");

  /** Files that conda writes; {@code pinned} is written by a person. */
  private static final Pattern CONDA_FILE = Pattern.compile("history|state|[^/]+\\.json");

  private static final int MAX_TEXT = 16 << 20;
  private static final Pattern PYTHON = Pattern.compile("python[0-9.]*(\\.exe)?");

  private static final CommandShape REMOVE =
      CommandShape.of(Places.CONDA, "env", "remove", "--prefix").path().then("--yes");

  public static final Policy POLICY =
      Policy.of(
          "python.conda-env",
          "conda environments",
          COST,
          target -> target.kind() == CleanupTarget.Kind.WORKSPACE,
          CondaEnvironments::propose,
          CondaEnvironments::explain,
          List.of(REMOVE));

  /**
   * Scripts that conda runs when it removes a package: {@code run_script} in conda/core/link.py,
   * conda 24.
   */
  private static final Pattern PRE_UNLINK_SCRIPT = Pattern.compile("\\..+-pre-unlink\\.(sh|bat)");

  private CondaEnvironments() {}

  public static boolean isCondaEnvironment(Entry directory) {
    return records(directory).filter(records -> records.hasFile("history")).isPresent();
  }

  private static Optional<Entry> records(Entry directory) {
    return directory.child(RECORDS).filter(Entry::isDirectory);
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    boolean recordsAccess = snapshot.recordsAccess();
    boolean installed = context.host().executable(Places.CONDA).isPresent();
    return SourceTree.entries(snapshot)
        .filter(entry -> entry.isDirectory() && isCondaEnvironment(entry))
        .map(environment -> judge(environment, installed, recordsAccess))
        .toList();
  }

  private static Candidate judge(Entry environment, boolean installed, boolean recordsAccess) {
    Candidate candidate =
        Candidate.run(
                environment,
                List.of(
                    Places.CONDA,
                    "env",
                    "remove",
                    "--prefix",
                    environment.path().toString(),
                    "--yes"),
                Cause.REGENERABLE,
                COST,
                "a conda environment; its specification can restore it")
            .lastUsedAt(lastUsed(environment, recordsAccess));
    return objection(environment)
        .or(
            () ->
                installed
                    ? Optional.empty()
                    : Optional.of("only conda may remove it, and it is not on PATH"))
        .map(candidate::withheld)
        .orElse(candidate);
  }

  private static Optional<String> objection(Entry environment) {
    List<Entry> records = records(environment).map(Entry::children).orElse(List.of());
    if (environment.hasDirectory("condabin")
        || records.stream().anyMatch(record -> CONDA_ITSELF.matcher(record.name()).matches())) {
      return Optional.of("conda itself is installed in it");
    }
    if (records.stream().anyMatch(record -> record.name().equals("pixi"))
        || RecordedPath.hasName(environment.path(), ".pixi")) {
      return Optional.of("it belongs to pixi; run 'pixi clean' in its project");
    }
    Optional<Entry> script =
        Stream.of("bin", "Scripts")
            .flatMap(name -> environment.child(name).stream())
            .flatMap(programs -> programs.children().stream())
            .filter(file -> PRE_UNLINK_SCRIPT.matcher(file.name()).matches())
            .findFirst();
    if (script.isPresent()) {
      return script.map(
          file ->
              "conda would run "
                  + file.path()
                  + " to remove it; check that script, then delete it");
    }
    return foreignEntry(environment, records)
        .map(name -> "it also contains " + name + ", which belongs to no package")
        .or(
            () ->
                hasSpecification(environment)
                    ? Optional.empty()
                    : Optional.of(
                        "no file beside or above it describes its packages; to save such a file,"
                            + " run 'conda env export --prefix "
                            + environment.path()
                            + "'"));
  }

  /**
   * Explains the files that {@code conda-meta} lists for a package, the files that pip recorded,
   * and the bytecode of both.
   */
  private static Explanation explain(Entry environment, HostEnvironment host) {
    InstalledFiles installed = new InstalledFiles();
    for (Entry record : records(environment).map(Entry::children).orElse(List.of())) {
      if (record.isFile() && record.name().endsWith(".json")) {
        record.text(MAX_TEXT).ifPresent(json -> addRecorded(json, record, installed));
      }
    }
    return EnvironmentAccount.explain(
        environment, installed, path -> path.startsWith(RECORDS + "/") && isWrittenByConda(path));
  }

  private static void addRecorded(String json, Entry record, InstalledFiles installed) {
    Matcher files = FILES_KEY.matcher(json);
    while (files.find()) {
      int end = json.indexOf(']', files.end());
      if (end < 0) {
        return; // truncated
      }
      Matcher file = STRING.matcher(json).region(files.end(), end);
      while (file.find()) {
        installed.addListed(file.group(1), record);
      }
    }
  }

  private static boolean isWrittenByConda(String path) {
    return CONDA_FILE.matcher(path.substring(RECORDS.length() + 1)).matches();
  }

  /**
   * An entry that belongs to no package. {@code conda env remove} would remove it too; only its
   * confirmation prompt, which {@code --yes} skips, warns of that.
   */
  private static Optional<String> foreignEntry(Entry environment, List<Entry> records) {
    List<String> others =
        environment.children().stream()
            .filter(
                child ->
                    !(child.isDirectory() && USUAL_DIRECTORIES.matcher(child.name()).matches()))
            .map(child -> child.isDirectory() ? child.name() + "/" : child.name())
            .collect(Collectors.toCollection(ArrayList::new));
    if (others.isEmpty()) {
      return Optional.empty();
    }
    for (Entry record : records) { // one at a time, because each may be large
      String text = record.text(MAX_TEXT).orElse("");
      others.removeIf(name -> text.contains(name.endsWith("/") ? '"' + name : '"' + name + '"'));
    }
    return others.stream().findFirst();
  }

  private static boolean hasSpecification(Entry environment) {
    return Stream.iterate(
            environment.parent(), Optional::isPresent, up -> up.flatMap(Entry::parent))
        .flatMap(Optional::stream)
        .flatMap(directory -> directory.children().stream())
        .anyMatch(file -> file.isFile() && SPECIFICATION.matcher(file.name()).matches());
  }

  /** The last use: every start reads the interpreter. */
  private static Instant lastUsed(Entry environment, boolean recordsAccess) {
    Instant changed = environment.newestChange();
    if (!recordsAccess) {
      return changed;
    }
    return Stream.concat(
            environment.children().stream(),
            environment.child("bin").stream().flatMap(bin -> bin.children().stream()))
        .filter(file -> file.isFile() && PYTHON.matcher(file.name()).matches())
        .map(Entry::lastAccess)
        .reduce(changed, (one, other) -> one.isAfter(other) ? one : other);
  }
}
