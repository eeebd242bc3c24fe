package dev.lowtide.execute;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Finding;
import dev.lowtide.policy.Finding.Severity;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.probe.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Looks for what makes a machine leak, and changes nothing. */
final class HostExamination {
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
   * What was found, what matters most first.
   *
   * @param leastFree how much space each file system in use is to have left
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
        // One broken provider must not hide what the others have found
        findings.add(
            new Finding(
                provider.ecosystem() + ".examination",
                Severity.ERROR,
                provider.ecosystem(),
                "it could not be examined: " + e.getMessage(),
                "If the message names a setting, correct it; otherwise report this as a bug."));
      }
    }
    findings.addAll(lowOnSpace(workspaces, leastFree));
    findings.sort(
        Comparator.comparing(Finding::severity, Comparator.reverseOrder())
            .thenComparing(Finding::id)
            .thenComparing(Finding::where));
    return List.copyOf(findings);
  }

  private List<Finding> lowOnSpace(Collection<CleanupTarget> workspaces, ByteSize leastFree)
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
    List<Finding> findings = new ArrayList<>();
    inUse.forEach(
        (volume, place) -> {
          if (volume.free().compareTo(leastFree) < 0) {
            findings.add(
                new Finding(
                    "host.free-space",
                    Severity.ERROR,
                    place.toString(),
                    volume.free()
                        + volume
                            .quota()
                            .map(of -> " are left of " + of + " on ")
                            .orElse(" are free on ")
                        + volume
                        + ", less than "
                        + leastFree,
                    "Run 'lowtide plan --caches' to see what can be removed, or "
                        + (volume.quota().isPresent()
                            ? "have the quota raised."
                            : "enlarge the file system.")));
          }
        });
    return findings;
  }
}
