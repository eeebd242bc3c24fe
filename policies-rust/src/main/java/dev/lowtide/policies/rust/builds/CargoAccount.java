package dev.lowtide.policies.rust.builds;

import dev.lowtide.policy.Account;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Explains the files in a target directory by the records of cargo and rustc there: the names in a
 * unit's record, the outputs that a {@code .d} file lists, the hash in a name, and the time when a
 * build script ran. Supports both layouts of cargo (1.95, and nightly 1.97).
 */
final class CargoAccount {
  static final Account ACCOUNT = (subtree, host) -> new CargoAccount(false).of(subtree);

  /** Also explains programs that cargo linked into the directory of a profile. */
  static final Account WITH_PROGRAMS = (subtree, host) -> new CargoAccount(true).of(subtree);

  private static final String IN_NO_RECORD = "is in no record of cargo";

  /**
   * The clock of files ticks a few hundred times a second; some file systems keep whole seconds.
   */
  private static final Duration TICK = Duration.ofSeconds(2);

  /** The length of a hash file; cargo truncates it before it builds the unit. */
  private static final int HASH = 16;

  private static final int MAX_DEP_INFO = 4 << 20;

  /** The files beside the output directory of a build script. */
  private static final Set<String> OF_RUN =
      Set.of("output", "stderr", "stdout", "root-output", "invoked.timestamp");

  private static final Set<String> AT_END_OF_RUN =
      Set.of("output", "stderr", "stdout", "root-output");

  private static final Pattern LINKED = Pattern.compile("lib\\w+\\.rlib|.+\\.d");

  /** The beginning of each message of rustc; older versions write no type. */
  private static final Pattern MESSAGE = Pattern.compile("\\{\"(\\$message_type|message)\":\"");

  /** The first line of an archive of objects. */
  private static final String MAGIC = "!<arch>\n";

  /** {@code PACKAGE-HASH}: the name of a unit's record and of a build script's directory. */
  private static final Pattern UNIT = Pattern.compile(".+-([0-9a-f]{16})");

  private final Explanation.Builder unexplained = new Explanation.Builder();
  private final boolean programs;

  private CargoAccount(boolean programs) {
    this.programs = programs;
  }

  private Explanation of(Entry subtree) {
    explain(subtree);
    return unexplained.build();
  }

  private void explain(Entry subtree) {
    String name = subtree.name().isEmpty() ? lastName(subtree.path()) : subtree.name();
    String above = lastName(subtree.path().getParent());
    if (subtree.hasFile(TargetDirectory.INFO)) {
      target(subtree);
    } else if (name.equals(Profile.RECORDS)) {
      subtree.children().forEach(this::record);
    } else if (above.equals(Profile.RECORDS) || name.equals(Profile.RECORD)) {
      record(subtree);
    } else if (name.equals("deps") || name.equals("examples")) {
      outputs(subtree);
    } else if (name.equals(Profile.INCREMENTAL)) {
      subtree.children().forEach(crate -> IncrementalAccount.explain(crate, unexplained));
    } else if (above.equals(Profile.INCREMENTAL)) {
      IncrementalAccount.explain(subtree, unexplained);
    } else if (name.equals("doc")) {
      RustdocAccount.explain(subtree, unexplained);
    } else if (above.equals("build")) {
      buildScript(subtree);
    } else if (name.equals("out") || name.equals("run") || Unit.isHash(name)) {
      laterUnit(subtree);
    } else if (above.equals("deps") || above.equals("examples")) {
      Optional<Entry> directory = subtree.parent();
      output(subtree, name, above, UnitOutputs.in(directory.flatMap(Entry::parent)), Set.of());
    } else if (!isLinked(subtree, name)) {
      unexplained.add(subtree, IN_NO_RECORD);
    }
  }

  private static String lastName(@Nullable Path path) {
    return path == null || path.getFileName() == null ? "" : path.getFileName().toString();
  }

  private void target(Entry target) {
    for (Entry child : target.children()) {
      Optional<Profile> profile = Profile.in(child, child.name());
      if (profile.isPresent()) {
        profile(child);
      } else if (child.isDirectory() && child.name().equals("doc")) {
        RustdocAccount.explain(child, unexplained);
      } else if (child.children().stream()
          .anyMatch(below -> Profile.in(below, below.name()).isPresent())) {
        target(child); // another platform
      } else if (!WholeDirectories.isOwn(child)) {
        unexplained.add(child, IN_NO_RECORD);
      }
    }
  }

  private void profile(Entry profile) {
    for (Entry child : profile.children()) {
      String name = child.name();
      if (child.isDirectory() && name.equals("build")) {
        child.children().forEach(each -> explain(each));
      } else if (child.isDirectory()
          && Stream.of(Profile.RECORDS, Profile.INCREMENTAL, "deps", "examples")
              .anyMatch(name::equals)) {
        explain(child);
      } else if (!isLinked(child, name) && !isLock(child) && !isProgram(child, profile)) {
        unexplained.add(child, IN_NO_RECORD);
      }
    }
  }

  /** Whether it is another name of a file in {@code deps}, which is explained there. */
  private boolean isProgram(Entry file, Entry profile) {
    return programs
        && file.isFile()
        && profile.child("deps").stream()
            .flatMap(deps -> deps.children().stream())
            .anyMatch(output -> output.isFile() && output.inode() == file.inode());
  }

  /**
   * Explains the record of a unit: {@code KIND.json} and the hash file {@code KIND} explain the
   * others.
   */
  private void record(Entry record) {
    Set<String> known = new HashSet<>(Set.of("invoked.timestamp"));
    for (Entry file : record.children()) {
      if (file.isFile() && file.name().endsWith(".json")) {
        String kind = file.name().substring(0, file.name().length() - ".json".length());
        Optional<Entry> hash = record.child(kind).filter(Entry::isFile);
        if (hash.filter(each -> each.size() == HASH || each.size() == 0).isPresent()
            && isWhole(file)) {
          known.addAll(List.of(file.name(), kind, "dep-" + kind, "output-" + kind));
        }
      }
    }
    String name = lastName(record.path());
    if (!record.isDirectory() || !(UNIT.matcher(name).matches() || name.equals(Profile.RECORD))) {
      unexplained.add(record, IN_NO_RECORD);
    }
    List<String> kinds = record.children().stream().map(Entry::name).toList();
    for (Entry file : record.children()) {
      // A unit that failed, or was killed while it compiled, has no description yet
      boolean begun =
          known.size() == 1
              && ((file.name().startsWith("dep-") && kinds.size() <= 2) || isOutput(file));
      if (!file.isFile() || !(known.contains(file.name()) || begun)) {
        unexplained.add(file, IN_NO_RECORD);
      }
    }
  }

  /** Whether it contains the messages of the compiler, one on each line. */
  private static boolean isOutput(Entry file) {
    return file.name().startsWith("output-")
        && file.textUnnoticed(MAX_DEP_INFO)
            .filter(text -> text.lines().allMatch(line -> MESSAGE.matcher(line).lookingAt()))
            .isPresent();
  }

  private static boolean isWhole(Entry description) {
    return description
        .textUnnoticed(MAX_DEP_INFO)
        .filter(text -> text.startsWith("{") && text.endsWith("}"))
        .isPresent();
  }

  private void outputs(Entry directory) {
    String name = lastName(directory.path());
    Set<String> listed =
        directory.children().stream()
            .filter(file -> file.isFile() && file.name().endsWith(".d"))
            .flatMap(depInfo -> outputsListedIn(depInfo, name))
            .collect(Collectors.toSet());
    UnitOutputs units = UnitOutputs.in(directory.parent());
    directory.children().forEach(file -> output(file, file.name(), name, units, listed));
  }

  private void output(
      Entry file, String name, String directory, UnitOutputs units, Set<String> listed) {
    boolean isListed = file.isFile() && listed.contains(name);
    if (!isListed && !units.isOutput(file, name, directory) && !isLinked(file, name)) {
      unexplained.add(file, IN_NO_RECORD);
    } else if (units.isChanged(file, name)) {
      unexplained.add(file, "changed after its unit was made");
    }
  }

  /** The outputs in lines {@code OUTPUT: SOURCE…}; the file itself must be one of them. */
  private static Stream<String> outputsListedIn(Entry depInfo, String directory) {
    Set<String> outputs =
        depInfo.textUnnoticed(MAX_DEP_INFO).stream()
            .flatMap(String::lines)
            .filter(line -> line.contains(": ") && !line.startsWith("#"))
            .map(line -> "/" + line.substring(0, line.indexOf(": ")).replace('\\', '/'))
            .filter(path -> path.substring(0, path.lastIndexOf('/')).endsWith("/" + directory))
            .map(path -> path.substring(path.lastIndexOf('/') + 1))
            .collect(Collectors.toSet());
    return outputs.contains(depInfo.name()) ? outputs.stream() : Stream.empty();
  }

  /**
   * Whether it is a library, or a list for make, that cargo links into the directory of the profile
   * and only cargo reads. The list names the library and is written after it.
   */
  private static boolean isLinked(Entry file, String name) {
    if (!file.isFile() || !LINKED.matcher(name).matches()) {
      return false;
    }
    String stem = name.substring(0, name.lastIndexOf('.'));
    if (name.endsWith(".d")) {
      return isListOf(file, stem);
    }
    boolean isEdited =
        file.parent()
            .flatMap(above -> above.child(stem + ".d"))
            .filter(list -> file.lastModified().isAfter(list.lastModified().plus(TICK)))
            .isPresent();
    return !isEdited && file.text(MAGIC.length()).filter(MAGIC::equals).isPresent();
  }

  /** Whether each line is {@code DIRECTORY/NAME: SOURCE…}. */
  private static boolean isListOf(Entry file, String name) {
    String directory = Pattern.quote(lastName(file.path().getParent()));
    Pattern line =
        Pattern.compile(
            "(.*[/\\\\])?" + directory + "[/\\\\]" + Pattern.quote(name) + "(\\.[^/\\\\]+)?: .*");
    Optional<String> text = file.textUnnoticed(MAX_DEP_INFO).filter(all -> all.endsWith("\n"));
    return text.isPresent() && text.get().lines().allMatch(each -> line.matcher(each).matches());
  }

  private static boolean isLock(Entry file) {
    return file.isFile() && file.size() == 0 && WholeDirectories.isLock(file.name());
  }

  /** Explains {@code build/PACKAGE-HASH}: a compiled build script, or the run of one. */
  private void buildScript(Entry unit) {
    Matcher name = UNIT.matcher(lastName(unit.path()));
    if (!unit.isDirectory() || !name.matches()) {
      if (unit.isDirectory() && Profile.isPackage(unit)) {
        unit.children().forEach(this::laterUnit);
      } else {
        unexplained.add(unit, IN_NO_RECORD);
      }
      return;
    }
    UnitOutputs units = UnitOutputs.in(unit.parent().flatMap(Entry::parent));
    String ending = "-" + name.group(1);
    List<Entry> compiled =
        unit.children().stream()
            .filter(child -> child.name().contains(ending))
            .filter(child -> units.isOutput(child, child.name(), "build"))
            .toList();
    for (Entry child : unit.children()) {
      if (child.isDirectory() && child.name().equals("out")) {
        written(child, unit, unit.child("output"));
      } else if (compiled.contains(child)) {
        if (units.isChanged(child, child.name())) {
          unexplained.add(child, "changed after its unit was made");
        }
      } else if (!isOfRun(child) && !isLinkedScript(child, compiled)) {
        unexplained.add(child, IN_NO_RECORD);
      }
    }
  }

  /** Whether it is a link to {@code build_script_build-HASH}, or a copy on some file systems. */
  private static boolean isLinkedScript(Entry file, List<Entry> compiled) {
    return file.isFile()
        && file.name().startsWith("build-script-")
        && compiled.stream()
            .anyMatch(
                each ->
                    !each.name().endsWith(".d")
                        && (each.inode() == file.inode() || each.size() == file.size()));
  }

  /**
   * Whether cargo wrote it after a build script ended. It writes all these files at once, except
   * the timestamp of the start.
   */
  private static boolean isOfRun(Entry file) {
    if (!file.isFile() || !OF_RUN.contains(file.name())) {
      return false;
    }
    Optional<Instant> first =
        file.parent().stream()
            .flatMap(run -> run.children().stream())
            .filter(each -> each.isFile() && AT_END_OF_RUN.contains(each.name()))
            .map(Entry::lastModified)
            .min(Comparator.naturalOrder());
    return first.filter(time -> !file.lastModified().isAfter(time.plus(TICK))).isPresent();
  }

  /** Explains {@code build/PACKAGE/HASH} of the later layout, or a part of it. */
  private void laterUnit(Entry entry) {
    String name = lastName(entry.path());
    if (name.equals("run")) {
      entry.children().stream()
          .filter(file -> !isOfRun(file))
          .forEach(file -> unexplained.add(file, IN_NO_RECORD));
    } else if (name.equals("out")) {
      Optional<Entry> run = entry.parent().flatMap(unit -> unit.child("run"));
      if (run.isPresent()) {
        Optional<Entry> output = run.get().child("output").or(() -> run.get().child("stdout"));
        written(entry, run.get(), output);
      } else if (entry.parent().isPresent()) {
        outputs(entry);
      } else {
        repositories(entry);
      }
    } else if (Unit.isHash(name) && entry.isDirectory()) {
      for (Entry part : entry.children()) {
        if (part.isDirectory() && part.name().equals(Profile.RECORD)) {
          record(part);
        } else if (part.isDirectory() && (part.name().equals("out") || part.name().equals("run"))) {
          laterUnit(part);
        } else {
          unexplained.add(part, IN_NO_RECORD);
        }
      }
    } else {
      unexplained.add(entry, IN_NO_RECORD);
    }
  }

  /**
   * Reports repositories in an output directory. Without its run or unit, nothing else can be
   * checked.
   */
  private void repositories(Entry out) {
    out.entries()
        .filter(entry -> entry.name().equals(".git") || entry.name().equals(".hg"))
        .forEach(entry -> unexplained.add(entry, "is a repository"));
  }

  /**
   * Explains what a build script wrote: everything that did not change after cargo recorded the
   * script's output. A later addition or removal changes the time of its directory.
   */
  private void written(Entry out, Entry around, Optional<Entry> ended) {
    if (ended.isEmpty()) {
      if (out.count() > 1) {
        unexplained.add(out, "has no record of the build script that wrote it");
      }
      return;
    }
    Instant end = ended.get().lastModified().plus(TICK);
    // Restored files have a later status, and directories are restored after their content
    Instant endOfStatus =
        Stream.of(out, ended.get(), around)
            .map(Entry::lastChanged)
            .max(Comparator.naturalOrder())
            .orElseThrow()
            .plus(TICK);
    out.entries()
        .filter(
            entry ->
                entry.lastModified().isAfter(end)
                    || (entry.isFile()
                        && entry.links() <= 1
                        && entry.lastChanged().isAfter(endOfStatus)))
        .forEach(file -> unexplained.add(file, "was not written by the build script"));
  }
}
