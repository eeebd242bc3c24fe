package dev.lowtide.execute;

import com.google.common.math.LongMath;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.fs.DeletedFile;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Examination.Finding.Severity;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.probe.Volume;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Finds what makes a machine leak disk space, and changes nothing. */
final class HostExamination {
  /** Fewer free inodes than one in this many are reported. */
  private static final int FEW = 20;

  /**
   * The size from which deleted but open files are reported: where space is short, and elsewhere.
   */
  private static final long SOME_DELETED = 1L << 20;

  private static final long MUCH_DELETED = 1L << 30;

  /** The number of deleted files that are named. */
  private static final int NAMED = 3;

  private final HostEnvironment host;
  private final SizeProbe probe;
  private final List<PolicyProvider> providers;
  private final Map<String, Map<String, String>> settings;

  HostExamination(
      HostEnvironment host,
      SizeProbe probe,
      List<PolicyProvider> providers,
      Map<String, Map<String, String>> settings) {
    this.host = host;
    this.probe = probe;
    this.providers = providers;
    this.settings = settings;
  }

  /**
   * The findings, the most severe first.
   *
   * @param leastFree how much space must be free on each file system in use
   */
  List<Finding> findings(Collection<CleanupTarget> workspaces, ByteSize leastFree)
      throws IOException {
    List<Snapshot> snapshots = new ArrayList<>();
    for (CleanupTarget workspace : workspaces) {
      snapshots.add(probe.capture(workspace.root()));
    }
    List<Finding> findings = new ArrayList<>();
    for (PolicyProvider provider : providers) {
      Map<String, String> own = settings.getOrDefault(provider.ecosystem(), Map.of());
      try {
        findings.addAll(provider.examine(new Examination(host, probe, snapshots, own)));
      } catch (RuntimeException e) {
        // One broken provider must not hide the findings of the others
        findings.add(
            new Finding(
                provider.ecosystem() + ".examination",
                Severity.ERROR,
                provider.ecosystem(),
                "it could not be examined: " + e.getMessage(),
                "If the message names a setting, correct it; otherwise report this as a bug."));
      }
    }
    findings.addAll(fileSystems(workspaces, leastFree));
    findings.sort(
        Comparator.comparing(Finding::severity, Comparator.reverseOrder())
            .thenComparing(Finding::id)
            .thenComparing(Finding::where));
    return List.copyOf(findings);
  }

  private List<Finding> fileSystems(Collection<CleanupTarget> workspaces, ByteSize leastFree)
      throws IOException {
    Map<Volume, Path> inUse = new LinkedHashMap<>();
    List<Path> places = new ArrayList<>(workspaces.stream().map(CleanupTarget::root).toList());
    places.add(host.home());
    places.add(host.temporaryDirectory());
    for (PolicyProvider provider : providers) {
      for (CleanupTarget shared : provider.discover(host)) {
        if (shared.kind() != CleanupTarget.Kind.STORE) {
          places.add(shared.root());
        }
      }
    }
    for (Path place : places) {
      inUse.putIfAbsent(Volume.of(place), place);
    }
    List<DeletedFile> deleted =
        host.home().getFileSystem().equals(FileSystems.getDefault())
            ? DeletedFile.all()
            : List.of();
    List<Finding> findings = new ArrayList<>();
    inUse.forEach(
        (volume, place) -> {
          boolean isShort = volume.free().compareTo(leastFree) < 0;
          if (isShort) {
            findings.add(littleSpace(volume, place, leastFree));
          }
          volume
              .inodes()
              .filter(inodes -> inodes.free() < inodes.total() / FEW)
              .ifPresent(inodes -> findings.add(fewInodes(volume, place, inodes)));
          List<DeletedFile> here = DeletedFile.on(place, deleted);
          long bytes =
              here.stream().mapToLong(DeletedFile::bytes).reduce(0, LongMath::saturatedAdd);
          if (bytes >= (isShort ? SOME_DELETED : MUCH_DELETED)) {
            findings.add(deletedFiles(place, here, bytes));
          }
        });
    return findings;
  }

  private static Finding littleSpace(Volume volume, Path place, ByteSize leastFree) {
    return new Finding(
        "host.free-space",
        Severity.ERROR,
        place.toString(),
        volume.free()
            + volume.quota().map(of -> " are left of " + of + " on ").orElse(" are free on ")
            + volume
            + ", less than "
            + leastFree,
        "Run 'lowtide plan --caches' to see what can be removed, or "
            + (volume.quota().isPresent() ? "have the quota raised." : "enlarge the file system."));
  }

  private static Finding fewInodes(Volume volume, Path place, Volume.Inodes inodes) {
    return new Finding(
        "host.few-inodes",
        Severity.WARNING,
        place.toString(),
        inodes.free()
            + " of "
            + inodes.total()
            + " inodes are free on "
            + volume
            + ": without one, no file can be made however much space is free",
        "Run 'lowtide plan --caches --until-free-inodes 10%' to see what can be removed.");
  }

  private static Finding deletedFiles(Path place, List<DeletedFile> files, long bytes) {
    String largest =
        files.stream()
            .limit(NAMED)
            .map(
                file ->
                    file.process()
                        + " has "
                        + Printable.of(file.path())
                        + " open, "
                        + new ByteSize(file.bytes()))
            .collect(Collectors.joining("; "));
    return new Finding(
        "host.deleted-files",
        Severity.WARNING,
        place.toString(),
        "up to "
            + new ByteSize(bytes)
            + " are taken by deleted files that processes have open: "
            + largest
            + (files.size() > NAMED ? "; and " + (files.size() - NAMED) + " more" : ""),
        "Restart these processes, or have them close the files. Nothing else frees the space.");
  }
}
