package dev.lowtide.maven;

import static java.util.Objects.requireNonNull;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Durations;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.CleanupException;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.plan.RefusedTargetException;
import dev.lowtide.policy.PolicyProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** What the goals have in common that decide what may be removed. */
abstract class CleaningMojo extends AbstractMojo {
  private final MavenSession session;

  /** The policies to ask, by id or ecosystem, such as {@code python}. All by default. */
  @Parameter(property = "lowtide.policies")
  private List<String> policies = List.of();

  /** What to keep: globs relative to the directory in which Maven runs, such as {@code dist/**}. */
  @Parameter(property = "lowtide.keep")
  private List<String> keep = List.of();

  /** Removes only what was last used longer ago than this, such as {@code 7d}. */
  @Parameter(property = "lowtide.olderThan")
  private String olderThan = "";

  /** Whether to look at the directory in which Maven runs. */
  @Parameter(property = "lowtide.workspace", defaultValue = "true")
  private boolean workspace;

  /** Whether to look at the caches that all builds of the user share, too. */
  @Parameter(property = "lowtide.caches")
  private boolean caches;

  @Parameter(defaultValue = "${mojoExecution}", readonly = true)
  private @Nullable MojoExecution execution;

  CleaningMojo(MavenSession session) {
    this.session = session;
  }

  @Override
  public final void execute() throws MojoExecutionException, MojoFailureException {
    if (!isFirst()) {
      return;
    }
    try {
      List<PolicyProvider> providers = Lowtide.installedProviders();
      LowtideBuilder builder =
          Lowtide.builder()
              .providers(providers, PolicyProvider.Selection.ALL.named(Set.copyOf(policies)))
              .keep(keep.toArray(String[]::new));
      if (!olderThan.isEmpty()) {
        builder.olderThan(Durations.parse(olderThan));
      }
      run(builder, targets(providers));
    } catch (RefusedTargetException | CleanupException e) {
      throw new MojoFailureException(e.getMessage(), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new MojoExecutionException(e.getMessage(), e);
    }
  }

  /** Modules inherit what a POM binds to a phase; it concerns all of them, so it is done once. */
  private boolean isFirst() {
    Map<String, Object> data = session.getRequest().getData();
    String key = getClass().getName() + "#" + requireNonNull(execution).getExecutionId();
    synchronized (CleaningMojo.class) { // with -T, many threads build modules
      return data.putIfAbsent(key, key) == null;
    }
  }

  /** Does what the goal is for. */
  abstract void run(LowtideBuilder builder, List<CleanupTarget> targets)
      throws IOException, MojoFailureException;

  private List<CleanupTarget> targets(List<PolicyProvider> providers) throws IOException {
    Path directory = Path.of(session.getExecutionRootDirectory()).toRealPath();
    List<CleanupTarget> targets = new ArrayList<>();
    if (workspace) {
      targets.add(CleanupTarget.of("workspace", directory));
    }
    if (caches) {
      HostEnvironment host =
          Lowtide.thisMachine(() -> providers).distrusting(List.of(directory)).distrustingProject();
      PolicyProvider.Discovery found = PolicyProvider.Discovery.of(providers, host).existing();
      found.failures().forEach(getLog()::warn);
      for (CleanupTarget cache : found.targets()) {
        try {
          Lowtide.checkTarget(cache, host);
          targets.add(cache);
        } catch (RefusedTargetException e) {
          getLog().warn(e.getMessage());
        }
      }
    }
    if (!workspace && !caches) {
      throw new IllegalArgumentException(
          "With neither workspace nor caches there is nothing to do");
    }
    return targets;
  }
}
