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
   * @param place the id of the place with the environments
   * @param sign a file that the tool writes into each environment, from pipx 1.0 and uv 0.3 on;
   *     empty if there is none
   * @param removal how a person removes an environment
   */
  private record Keeper(String tool, String place, String sign, String removal) {
    boolean isSignedBy(Entry environment) {
      return !sign.isEmpty() && environment.hasFile(sign);
    }
  }

  private static final List<Keeper> KEEPERS =
      List.of(
          new Keeper("pipx", Places.PIPX, "pipx_metadata.json", "'pipx uninstall %s'"),
          new Keeper("hatch", Places.HATCH, "", "'hatch env prune' in its project"),
          new Keeper("uv", Places.UV_TOOLS, "uv-receipt.toml", "'uv tool uninstall %s'"));

  private ToolEnvironments() {}

  private static boolean isPlace(CleanupTarget target) {
    return KEEPERS.stream().anyMatch(keeper -> Places.isOf(keeper.place(), target));
  }

  /**
   * Why only a tool may remove an environment, wherever it was found; empty if no tool keeps it.
   */
  static Optional<String> keeper(Entry environment, HostEnvironment host) {
    Path path = environment.path();
    return KEEPERS.stream()
        .filter(
            keeper ->
                keeper.isSignedBy(environment)
                    || Places.withoutAsking(keeper.place(), host).stream()
                        .anyMatch(path::startsWith))
        .findFirst()
        .map(keeper -> objection(keeper, environment))
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
    Optional<Keeper> keeper =
        KEEPERS.stream().filter(each -> Places.isOf(each.place(), context.target())).findFirst();
    if (keeper.isEmpty()) {
      return List.of();
    }
    boolean accessCounts = snapshot.recordsAccess();
    return SourceTree.entries(snapshot)
        .filter(VirtualEnvironments::isOne)
        .map(
            environment -> {
              String objection = objection(keeper.get(), environment);
              Optional<String> loss = VirtualEnvironments.loss(environment, context.host());
              Candidate candidate =
                  VirtualEnvironments.judge(environment, context.host(), accessCounts)
                      .because(
                          loss.isPresent() ? Cause.ORPHANED : Cause.REGENERABLE,
                          "an environment of " + keeper.get().tool());
              return candidate.withheld(loss.map(why -> why + "; " + objection).orElse(objection));
            })
        .toList();
  }

  private static String objection(Keeper keeper, Entry environment) {
    return keeper.tool()
        + " installed it for a person; if it is not needed, run "
        + String.format(keeper.removal(), environment.name());
  }
}
