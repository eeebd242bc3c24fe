package dev.lowtide.embedding;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/** How a build tool embeds the library: the example of the README. */
public final class Embedding {
  private Embedding() {}

  /** Cleans a build directory and prints what was freed. */
  public static CleanupReport clean(Path directory, PrintStream out) throws IOException {
    // README: begin
    Lowtide lowtide =
        Lowtide.builder()
            .providers(Lowtide.installedProviders()) // the policies on the class path
            .keep("dist/**")
            .build();

    CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", directory)); // changes nothing
    out.print(plan.explain());
    CleanupReport report = lowtide.apply(plan).orThrow(); // lowtide.dryRun(plan) only looks

    DiskUsage left = SizeProbe.best().measure(directory);
    out.println("Freed " + report.freed());
    out.println("Left " + left.allocated());
    // README: end
    return report;
  }
}
