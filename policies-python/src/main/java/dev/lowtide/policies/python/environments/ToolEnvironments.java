package dev.lowtide.policies.python.environments;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Virtual environments of pipx, hatch and uv, which a person installed or works in. They are
 * reported with their size and always withheld.
 */
public final class ToolEnvironments {
  private static final RebuildCost COST = RebuildCost.EXPENSIVE;

  public static final Policy POLICY =
      Policy.of(
          "python.tool-env",
          "nothing; reports environments of pipx, hatch and uv's tools",
          COST,
          ToolEnvironments::isPlace,
          ToolEnvironments::propose);

  /**
   * A tool with such environments.
   *
   * @param placeId the id of the place with the environments
   * @param markerFile a file that the tool writes into each environment, from pipx 1.0 and uv 0.3
   *     on; empty if there is none
   * @param removal how a person removes an environment
   */
  private record OwningTool(String tool, String placeId, String markerFile, String removal) {
    boolean hasMarkerIn(Entry environment) {
      return !markerFile.isEmpty() && environment.hasFile(markerFile);
    }
  }

  private static final List<OwningTool> OWNING_TOOLS =
      List.of(
          new OwningTool("pipx", Places.PIPX, "pipx_metadata.json", "'pipx uninstall %s'"),
          new OwningTool("hatch", Places.HATCH, "", "'hatch env prune' in its project"),
          new OwningTool("uv", Places.UV_TOOLS, "uv-receipt.toml", "'uv tool uninstall %s'"));

  private ToolEnvironments() {}

  private static boolean isPlace(CleanupTarget target) {
    return OWNING_TOOLS.stream().anyMatch(tool -> Places.isPlace(tool.placeId(), target));
  }

  /**
   * Why only the tool that installed an environment may remove it, wherever it was found; empty if
   * no tool installed it.
   */
  static Optional<String> owningToolObjection(Entry environment, HostEnvironment host) {
    Path path = environment.path();
    return OWNING_TOOLS.stream()
        .filter(
            tool ->
                tool.hasMarkerIn(environment)
                    || Places.rootsWithoutAsking(tool.placeId(), host).stream()
                        .anyMatch(path::startsWith))
        .findFirst()
        .map(tool -> objection(tool, environment))
        .or(
            () ->
                Places.uvData(host).stream()
                    .filter(path::startsWith)
                    .findFirst()
                    .map(
                        data ->
                            "it is part of what uv installed in "
                                + data
                                + "; ask uv to uninstall it"));
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    Optional<OwningTool> tool =
        OWNING_TOOLS.stream()
            .filter(each -> Places.isPlace(each.placeId(), context.target()))
            .findFirst();
    if (tool.isEmpty()) {
      return List.of();
    }
    boolean recordsAccess = snapshot.recordsAccess();
    return SourceTree.entries(snapshot)
        .filter(VirtualEnvironments::isVirtualEnvironment)
        .map(
            environment -> {
              String objection = objection(tool.get(), environment);
              Optional<String> loss = VirtualEnvironments.orphanReason(environment, context.host());
              Candidate candidate =
                  VirtualEnvironments.judge(environment, context.host(), recordsAccess)
                      .withCause(
                          loss.isPresent() ? Cause.ORPHANED : Cause.REGENERABLE,
                          "an environment of " + tool.get().tool());
              return candidate.withheld(loss.map(why -> why + "; " + objection).orElse(objection));
            })
        .toList();
  }

  private static String objection(OwningTool tool, Entry environment) {
    return tool.tool()
        + " installed it for a person; if it is not needed, run "
        + String.format(tool.removal(), environment.name());
  }
}
