package dev.lowtide.maven;

import java.util.Optional;
import javax.inject.Inject;
import org.apache.maven.AbstractMavenLifecycleParticipant;
import org.apache.maven.MavenExecutionException;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginExecution;
import org.apache.maven.plugin.BuildPluginManager;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.descriptor.MojoDescriptor;
import org.apache.maven.plugin.descriptor.Parameter;
import org.apache.maven.project.MavenProject;
import org.codehaus.plexus.configuration.PlexusConfiguration;
import org.codehaus.plexus.util.xml.Xpp3Dom;

/**
 * Runs the goal {@code verify} once, before any project of the session is built. Maven finds this
 * class where the plugin is declared with {@code <extensions>true</extensions>}.
 */
final class SessionStart extends AbstractMavenLifecycleParticipant {
  private static final String PLUGIN = "dev.lowtide:lowtide-maven-plugin";
  private static final String GOAL = "verify";

  private final BuildPluginManager plugins;

  @Inject
  SessionStart(BuildPluginManager plugins) {
    this.plugins = plugins;
  }

  @Override
  public void afterProjectsRead(MavenSession session) throws MavenExecutionException {
    for (MavenProject project : session.getProjects()) {
      Optional<PluginExecution> execution = executionIn(project);
      if (execution.isPresent()) {
        run(session, project, execution.get());
        return;
      }
    }
  }

  private static Optional<PluginExecution> executionIn(MavenProject project) {
    return Optional.ofNullable(project.getPlugin(PLUGIN)).filter(Plugin::isExtensions).stream()
        .flatMap(plugin -> plugin.getExecutions().stream())
        .filter(execution -> execution.getGoals().contains(GOAL))
        .findFirst();
  }

  private void run(MavenSession session, MavenProject project, PluginExecution execution)
      throws MavenExecutionException {
    MavenProject current = session.getCurrentProject();
    session.setCurrentProject(project); // Maven evaluates parameters for it
    SessionVerification verification = SessionVerification.beginIn(session);
    try {
      MojoDescriptor goal =
          plugins.getMojoDescriptor(
              project.getPlugin(PLUGIN),
              GOAL,
              project.getRemotePluginRepositories(),
              session.getRepositorySession());
      plugins.executeMojo(session, new MojoExecution(goal, configuration(goal, execution)));
    } catch (Exception e) { // each kind ends the session
      throw new MavenExecutionException("lowtide:verify: " + e.getMessage(), e);
    } finally {
      verification.endStart();
      session.setCurrentProject(current);
    }
  }

  /** What Maven itself would pass: the parameters of the goal alone, each over its default. */
  private static Xpp3Dom configuration(MojoDescriptor goal, PluginExecution execution) {
    Xpp3Dom given = (Xpp3Dom) execution.getConfiguration();
    Xpp3Dom complete = new Xpp3Dom("configuration");
    for (Parameter parameter : goal.getParameters()) {
      String name = parameter.getName();
      PlexusConfiguration usual = goal.getMojoConfiguration().getChild(name, false);
      Xpp3Dom merged =
          Xpp3Dom.mergeXpp3Dom(
              given == null ? null : given.getChild(name), usual == null ? null : dom(usual));
      if (merged != null) {
        complete.addChild(merged);
      }
    }
    return complete;
  }

  private static Xpp3Dom dom(PlexusConfiguration parameter) {
    Xpp3Dom dom = new Xpp3Dom(parameter.getName());
    dom.setValue(parameter.getValue(null));
    for (String name : parameter.getAttributeNames()) {
      dom.setAttribute(name, parameter.getAttribute(name));
    }
    return dom;
  }
}
