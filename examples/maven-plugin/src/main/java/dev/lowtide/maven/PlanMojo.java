package dev.lowtide.maven;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.LowtideBuilder;
import java.io.IOException;
import java.util.List;
import javax.inject.Inject;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugins.annotations.Mojo;

/** Shows what {@code clean} would remove and keep, and why. Changes nothing. */
@Mojo(name = "plan", aggregator = true, requiresProject = false, threadSafe = true)
public final class PlanMojo extends CleaningMojo {
  @Inject
  PlanMojo(MavenSession session) {
    super(session);
  }

  @Override
  void run(LowtideBuilder builder, List<CleanupTarget> targets) throws IOException {
    getLog().info(builder.build().plan(targets).explain());
  }
}
