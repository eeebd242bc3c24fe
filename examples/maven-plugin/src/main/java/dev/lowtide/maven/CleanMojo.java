package dev.lowtide.maven;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Durations;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import java.io.IOException;
import java.util.List;
import javax.inject.Inject;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Removes what {@code plan} shows. Bound to no phase: it runs only where a POM or a person names
 * it.
 */
@Mojo(name = "clean", aggregator = true, requiresProject = false, threadSafe = true)
public final class CleanMojo extends CleaningMojo {
  /** How long what is removed can be restored, such as {@code 24h}. Not at all by default. */
  @Parameter(property = "lowtide.undoFor")
  private String undoFor = "";

  @Inject
  CleanMojo(MavenSession session) {
    super(session);
  }

  @Override
  void run(LowtideBuilder builder, List<CleanupTarget> targets) throws IOException {
    if (!undoFor.isEmpty()) {
      builder.undoFor(Durations.parse(undoFor));
    }
    Lowtide lowtide = builder.build();
    CleanupReport report = lowtide.apply(lowtide.plan(targets));
    getLog().info(report.explain());
    report.orThrow();
  }
}
