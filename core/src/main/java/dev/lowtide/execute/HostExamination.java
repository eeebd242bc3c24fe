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
  /** Free inodes are reported if they are fewer than the total divided by this. */
  private static final int FREE_INODES_DIVISOR = 20;

  /**
   * The total size from which deleted but open files are reported, on file systems that are short
   * of space and on others.
   */
  private static final long MIN_DELETED_BYTES_IF_SHORT = 1L << 20;

  private static final long MIN_DELETED_BYTES = 1L << 30;

  /** The maximum number of deleted files that a finding names. */
  private static final int MAX_NAMED_FILES = 3;

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
   * @param minFree the space that must be free on each file system in use
   */
  List<Finding> findings(Collection<CleanupTarget> workspaces, ByteSize minFree)
      throws IOException {
    List<Snapshot> snapshots = new ArrayList<>();
    for (CleanupTarget workspace : workspaces) {
      snapshots.add(probe.capture(workspace.root()));
    }
    List<Finding> findings = new ArrayList<>();
    for (PolicyProvider provider : providers) {
      Map<String, String> providerSettings = settings.getOrDefault(provider.ecosystem(), Map.of());
      try {
        findings.addAll(
            provider.examine(new Examination(host, probe, snapshots, providerSettings)));
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
    findings.addAll(fileSystems(workspaces, minFree));
    findings.sort(
        Comparator.comparing(Finding::severity, Comparator.reverseOrder())
            .thenComparing(Finding::id)
            .thenComparing(Finding::where));
    return List.copyOf(findings);
  }

  private List<Finding> fileSystems(Collection<CleanupTarget> workspaces, ByteSize minFree)
      throws IOException {
    Map<Volume, Path> volumes = new LinkedHashMap<>();
    List<Path> directories = new ArrayList<>(workspaces.stream().map(CleanupTarget::root).toList());
    directories.add(host.home());
    directories.add(host.temporaryDirectory());
    PolicyProvider.Discovery discovery = PolicyProvider.Discovery.of(providers, host);
    for (CleanupTarget shared : discovery.targets()) {
      if (shared.kind() != CleanupTarget.Kind.STORE) {
        directories.add(shared.root());
      }
    }
    for (Path directory : directories) {
      volumes.putIfAbsent(Volume.of(directory), directory);
    }
    List<DeletedFile> deleted =
        host.home().getFileSystem().equals(FileSystems.getDefault())
            ? DeletedFile.all()
            : List.of();
    List<Finding> findings = new ArrayList<>();
    for (String failure : discovery.failures()) {
      findings.add(
          new Finding(
              "host.discovery",
              Severity.ERROR,
              "policies",
              failure,
              "Report this to the author of the policies; their caches are not looked at."));
    }
    volumes.forEach(
        (volume, directory) -> {
          boolean isShort = volume.free().compareTo(minFree) < 0;
          if (isShort) {
            findings.add(littleSpace(volume, directory, minFree));
          }
          volume
              .inodes()
              .filter(inodes -> inodes.free() < inodes.total() / FREE_INODES_DIVISOR)
              .ifPresent(inodes -> findings.add(fewInodes(volume, directory, inodes)));
          List<DeletedFile> deletedHere = DeletedFile.on(directory, deleted);
          long bytes =
              deletedHere.stream().mapToLong(DeletedFile::bytes).reduce(0, LongMath::saturatedAdd);
          if (bytes >= (isShort ? MIN_DELETED_BYTES_IF_SHORT : MIN_DELETED_BYTES)) {
            findings.add(deletedFiles(directory, deletedHere, bytes));
          }
        });
    return findings;
  }

  private static Finding littleSpace(Volume volume, Path directory, ByteSize minFree) {
    return new Finding(
        "host.free-space",
        Severity.ERROR,
        directory.toString(),
        volume.free()
            + volume.quota().map(of -> " are left of " + of + " on ").orElse(" are free on ")
            + volume
            + ", less than "
            + minFree,
        "Run 'lowtide plan --caches' to see what can be removed, or "
            + (volume.quota().isPresent() ? "have the quota raised." : "enlarge the file system."));
  }

  private static Finding fewInodes(Volume volume, Path directory, Volume.Inodes inodes) {
    return new Finding(
        "host.few-inodes",
        Severity.WARNING,
        directory.toString(),
        inodes.free()
            + " of "
            + inodes.total()
            + " inodes are free on "
            + volume
            + ": without one, no file can be created, however much space is free",
        "Run 'lowtide plan --caches --until-free-inodes 10%' to see what can be removed.");
  }

  private static Finding deletedFiles(Path directory, List<DeletedFile> files, long bytes) {
    String largest =
        files.stream()
            .limit(MAX_NAMED_FILES)
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
        directory.toString(),
        "up to "
            + new ByteSize(bytes)
            + " are taken by deleted files that processes have open: "
            + largest
            + (files.size() > MAX_NAMED_FILES
                ? "; and " + (files.size() - MAX_NAMED_FILES) + " more"
                : ""),
        "Restart these processes, or have them close the files. Nothing else frees the space.");
  }
}
