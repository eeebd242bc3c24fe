package dev.lowtide.policies.rust.builds;

import dev.lowtide.probe.Entry;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What build scripts wrote for programs that stay where people find them, such as {@code
 * target/debug/app}. A program may open these files when it runs, since {@code env!("OUT_DIR")} has
 * compiled their directory into it.
 */
final class ProgramData {
  private static final String RUN = "run-build-script-";

  private ProgramData() {}

  /** The runs of build scripts whose files may be opened; without any file, a run is not needed. */
  static Set<Unit> of(TargetDirectory target, UnitGraph graph) {
    Map<Long, Unit> byFile = new HashMap<>();
    target
        .units()
        .forEach(
            unit ->
                unit.artifacts().stream()
                    .flatMap(Entry::entries)
                    .filter(file -> file.isFile() && file.links() > 1)
                    .forEach(file -> byFile.put(file.inode(), unit)));
    Set<Unit> runs = new HashSet<>();
    for (Profile profile : target.profiles()) {
      for (Entry program : programs(profile)) {
        Unit unit = byFile.get(program.inode());
        Set<Unit> from = unit == null ? Set.of() : graph.madeFrom(unit);
        // Any run may have written for a program whose unit, or a part of it, is gone
        boolean known = unit != null && graph.understandsAll(from);
        (known ? from : profile.units())
            .stream().filter(ProgramData::isRunWithFiles).forEach(runs::add);
      }
    }
    return runs;
  }

  private static List<Entry> programs(Profile profile) {
    return Stream.concat(
            profile.directory().children().stream(),
            profile.directory().child("examples").stream().flatMap(all -> all.children().stream()))
        .filter(file -> file.isFile() && !file.name().startsWith("."))
        .filter(file -> !WholeDirectories.isForCargoAlone(file))
        .toList();
  }

  private static boolean isRunWithFiles(Unit unit) {
    return unit.known().filter(known -> known.kind().startsWith(RUN)).isPresent()
        && unit.artifacts().stream()
            .flatMap(
                artifact ->
                    artifact.name().equals("out")
                        ? Stream.of(artifact)
                        : artifact.child("out").stream())
            .anyMatch(out -> out.entries().anyMatch(Entry::isFile));
  }
}
