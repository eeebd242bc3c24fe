package dev.lowtide.policies.rust.target;

import dev.lowtide.policy.Account;
import dev.lowtide.policy.Explanation;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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
 * Explains what lies in a target directory by the records that cargo and rustc keep there: the
 * names in a unit's record, the outputs that a {@code .d} file lists, the hash in a name, the time
 * in which a build script ran. Both layouts of cargo are known (1.95, and nightly 1.97).
 */
final class CargoAccount {
  static final Account ACCOUNT =
      (subtree, host) -> {
        CargoAccount account = new CargoAccount();
        account.explain(subtree);
        return account.unexplained.build();
      };

  private static final String IN_NO_RECORD = "is in no record of cargo";

  /**
   * The clock of files ticks a few hundred times a second; some file systems keep whole seconds.
   */
  private static final Duration TICK = Duration.ofSeconds(2);

  /** The length of a hash file; cargo empties that of a unit that it is about to make. */
  private static final int HASH = 16;

  private static final int MAX_DEP_INFO = 4 << 20;

  /** What rustc and linkers write for a unit, on Linux, macOS and Windows and for WebAssembly. */
  private static final Pattern OUTPUT =
      Pattern.compile(
          ".+-[0-9a-f]{16}((\\.[0-9a-z_-]+)*\\.(rlib|rmeta|d|o|so|a|dylib|dll|exe|lib|exp|pdb|dwo|dwp"
              + "|wasm|s|ll|bc|mir)|\\.dSYM|\\.long-type-[0-9]+\\.txt)?");

  /** What a run of a build script leaves beside its output directory. */
  private static final Set<String> OF_RUN =
      Set.of("output", "stderr", "stdout", "root-output", "invoked.timestamp");

  private final Explanation.Builder unexplained = new Explanation.Builder();

  private CargoAccount() {}

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
    } else if (!isOutput(subtree, name) && !isLinked(name)) {
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
        target(child); // of another platform
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
      } else if (!isLinked(name) && !WholeDirectories.isLock(name)) {
        unexplained.add(child, IN_NO_RECORD);
      }
    }
  }

  /** {@code KIND.json} and the hash in {@code KIND} name the other files. */
  private void record(Entry record) {
    Set<String> known = new HashSet<>(Set.of("invoked.timestamp"));
    for (Entry file : record.children()) {
      if (file.isFile() && file.name().endsWith(".json")) {
        String kind = file.name().substring(0, file.name().length() - ".json".length());
        if (record.child(kind).filter(hash -> hash.isFile() && hash.size() <= HASH).isPresent()) {
          known.addAll(List.of(file.name(), kind, "dep-" + kind, "output-" + kind));
        }
      }
    }
    if (!record.isDirectory()) {
      unexplained.add(record, IN_NO_RECORD);
    }
    List<String> kinds = record.children().stream().map(Entry::name).toList();
    for (Entry file : record.children()) {
      // One that was ended while it compiled has no description yet
      boolean begun = known.size() == 1 && file.name().startsWith("dep-") && kinds.size() <= 2;
      if (!file.isFile() || !(known.contains(file.name()) || begun)) {
        unexplained.add(file, IN_NO_RECORD);
      }
    }
  }

  private void outputs(Entry directory) {
    Set<String> listed =
        directory.children().stream()
            .filter(file -> file.isFile() && file.name().endsWith(".d"))
            .flatMap(CargoAccount::outputsListedIn)
            .collect(Collectors.toSet());
    for (Entry file : directory.children()) {
      if (!isOutput(file, file.name()) && !(file.isFile() && listed.contains(file.name()))) {
        unexplained.add(file, IN_NO_RECORD);
      }
    }
  }

  /** {@code OUTPUT: SOURCE…}, one line for each output; the file itself is one. */
  private static Stream<String> outputsListedIn(Entry depInfo) {
    Set<String> outputs =
        depInfo.textUnnoticed(MAX_DEP_INFO).stream()
            .flatMap(String::lines)
            .filter(line -> line.contains(": ") && !line.startsWith("#"))
            .map(line -> line.substring(0, line.indexOf(": ")).replace('\\', '/'))
            .map(path -> path.substring(path.lastIndexOf('/') + 1))
            .collect(Collectors.toSet());
    return outputs.contains(depInfo.name()) ? outputs.stream() : Stream.empty();
  }

  private boolean isOutput(Entry entry, String name) {
    if (!OUTPUT.matcher(name).matches()) {
      return false;
    }
    return entry.isFile() || (entry.isDirectory() && name.endsWith(".dSYM"));
  }

  /** Directly in a profile, for cargo alone. */
  private static boolean isLinked(String name) {
    return name.matches("lib.+\\.(rlib|rmeta)|.+\\.d");
  }

  /** {@code build/PACKAGE-HASH}: a build script that was compiled, or one that was run. */
  private void buildScript(Entry unit) {
    Matcher name = Pattern.compile(".+-([0-9a-f]{16})").matcher(lastName(unit.path()));
    if (!unit.isDirectory() || !name.matches()) {
      if (unit.isDirectory() && Profile.isPackage(unit)) {
        unit.children().forEach(this::laterUnit);
      } else {
        unexplained.add(unit, IN_NO_RECORD);
      }
      return;
    }
    for (Entry child : unit.children()) {
      if (child.isDirectory() && child.name().equals("out")) {
        written(child, unit.child("invoked.timestamp"), unit.child("output"));
      } else if (!child.isFile()
          || !(OF_RUN.contains(child.name())
              || child.name().startsWith("build-script-")
              || isOutput(child, child.name()))) {
        unexplained.add(child, IN_NO_RECORD);
      }
    }
  }

  /** In {@code build/PACKAGE/HASH}, or a part of it. */
  private void laterUnit(Entry entry) {
    String name = lastName(entry.path());
    if (name.equals("run")) {
      entry.children().stream()
          .filter(file -> !(file.isFile() && OF_RUN.contains(file.name())))
          .forEach(file -> unexplained.add(file, IN_NO_RECORD));
    } else if (name.equals("out")) {
      Optional<Entry> run = entry.parent().flatMap(unit -> unit.child("run"));
      if (run.isPresent()) {
        written(entry, run.get().child("invoked.timestamp"), run.get().child("output"));
      } else {
        laterOutputs(entry);
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

  /** What a build script wrote was looked at with its run; alone, only foreign names show. */
  private void laterOutputs(Entry out) {
    out.entries()
        .filter(entry -> entry.name().equals(".git") || entry.name().equals(".hg"))
        .forEach(entry -> unexplained.add(entry, "is a repository"));
  }

  /**
   * A build script wrote a file if it was modified while that ran, or was there when cargo recorded
   * its output.
   */
  private void written(Entry out, Optional<Entry> begun, Optional<Entry> ended) {
    if (ended.isEmpty()) {
      if (out.count() > 1) {
        unexplained.add(out, "has no record of the build script that wrote it");
      }
      return;
    }
    Instant end = ended.get().lastModified().plus(TICK);
    Instant start = begun.map(Entry::lastModified).orElse(ended.get().lastModified()).minus(TICK);
    Instant endOfStatus = ended.get().lastChanged().plus(TICK);
    out.entries()
        .skip(1)
        .filter(entry -> !entry.isDirectory())
        .filter(
            file ->
                file.lastModified().isAfter(end)
                    || (file.lastModified().isBefore(start)
                        && file.lastChanged().isAfter(endOfStatus)))
        .forEach(file -> unexplained.add(file, "was not written by the build script"));
  }
}
