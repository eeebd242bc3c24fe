package dev.lowtide.maven;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.execute.SpaceGuard;
import dev.lowtide.plan.SpaceGoal;
import java.io.IOException;
import java.util.List;
import javax.inject.Inject;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Frees space before the build, or fails it. Removes only as much as is needed, what is cheapest to
 * rebuild first; removes nothing if even everything that may be removed would not free enough.
 */
@Mojo(
    name = "free",
    defaultPhase = LifecyclePhase.VALIDATE,
    aggregator = true,
    requiresProject = false,
    threadSafe = true)
public final class FreeMojo extends CleaningMojo {
  /**
   * What must be free on each file system where something may be removed: a size such as {@code
   * 20GB}, or a share such as {@code 10%}.
   */
  @Parameter(property = "lowtide.minFree", required = true)
  private String minFree = "";

  @Inject
  FreeMojo(MavenSession session) {
    super(session);
  }

  @Override
  void run(LowtideBuilder builder, List<CleanupTarget> targets)
      throws IOException, MojoFailureException {
    Lowtide lowtide = builder.goal(SpaceGoal.NONE.untilFree(minFree)).build();
    SpaceGuard guard = new SpaceGuard(lowtide, targets, SpaceGuard.Listener.NONE);
    boolean isFree = guard.require();
    if (!guard.report().outcomes().isEmpty()) {
      getLog().info(guard.report().explain());
    }
    if (!isFree) {
      throw new MojoFailureException(String.join("\n", lowtide.shortfalls(targets)));
    }
  }
}
