package dev.lowtide.maven;

import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.DiskLocation.Tolerance;
import dev.lowtide.verify.StandardLocation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.inject.Inject;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Fails a build that leaves something outside the build directories of its projects. It records the
 * disk when the session starts, before the first project is built, and compares at the end of the
 * session, after the last one. The plugin needs {@code <extensions>true</extensions>}. A session
 * that only runs goals, without a phase, is not verified.
 */
@Mojo(name = "verify", defaultPhase = LifecyclePhase.VALIDATE, threadSafe = true)
public final class VerifyMojo extends AbstractMojo {
  private final MavenSession session;

  /** What is ignored: globs relative to each location, such as {@code .idea}. */
  @Parameter(property = "lowtide.except")
  private List<String> except = List.of();

  /**
   * How much the directories of the projects may grow outside the build directories: a size such as
   * {@code 10MB}, or a share such as {@code 5%}. Nothing by default.
   */
  @Parameter(property = "lowtide.tolerance")
  private String tolerance = "";

  /**
   * Further locations. The directories of all projects and {@code temp}, the temporary directory,
   * are always compared.
   */
  @Parameter private List<Location> locations = List.of();

  /** Whether to verify nothing. */
  @Parameter(property = "lowtide.skip")
  private boolean skip;

  @Inject
  VerifyMojo(MavenSession session) {
    this.session = session;
  }

  @Override
  public void execute() throws MojoExecutionException {
    SessionVerification verification =
        SessionVerification.of(session)
            .orElseThrow(
                () ->
                    new MojoExecutionException(
                        "Nothing was recorded when the session started; declare"
                            + " lowtide-maven-plugin with <extensions>true</extensions> and an"
                            + " execution of its goal verify in the POM"));
    if (!verification.isStarting()) {
      // A project is being built: the locations are recorded already
      verification.buildBegins();
      return;
    } else if (skip) {
      return;
    }
    try {
      verification.record(session, diskLocations());
    } catch (IOException | IllegalArgumentException e) {
      throw new MojoExecutionException(e.getMessage(), e);
    }
  }

  private List<DiskLocation> diskLocations() throws IOException {
    Map<String, DiskLocation> byName = new LinkedHashMap<>();
    Reactor reactor = Reactor.of(session.getAllProjects());
    for (DiskLocation directory : reactor.locations()) {
      byName.put(
          directory.name(),
          tolerance.isEmpty() ? directory : directory.tolerating(Tolerance.parse(tolerance)));
    }
    HostEnvironment host = HostEnvironment.current();
    DiskLocation temp = StandardLocation.TEMP.on(host);
    byName.put(temp.name(), temp);
    for (Location location : locations) {
      byName.put(location.getName(), location.on(host));
    }
    return byName.values().stream()
        .map(location -> location.at(host.resolved(location.root())))
        .map(reactor::withoutBuilds)
        .map(location -> location.excepting(except.toArray(String[]::new)))
        .toList();
  }

  /** A location that a POM names. */
  public static final class Location {
    /** Its name; a standard location, such as {@code sccache}, needs no path. */
    @Parameter(required = true)
    private String name = "";

    @Parameter private String path = "";

    /** {@code UNCHANGED} or {@code BOUNDED}; by default what is usual for that name. */
    @Parameter private String expectation = "";

    /** How much it may grow. */
    @Parameter private String tolerance = "";

    String getName() {
      return name;
    }

    DiskLocation on(HostEnvironment host) {
      DiskLocation location = path.isEmpty() ? standard(host) : named(host.path(path));
      if (!expectation.isEmpty()) {
        location = location.expecting(DiskLocation.Expectation.valueOf(expectation));
      }
      return tolerance.isEmpty() ? location : location.tolerating(Tolerance.parse(tolerance));
    }

    private DiskLocation named(Path directory) {
      return DiskLocation.unchanged(name, directory)
          .expecting(StandardLocation.expectationOf(name));
    }

    private DiskLocation standard(HostEnvironment host) {
      return StandardLocation.named(name)
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "The location '"
                          + Printable.of(name)
                          + "' needs a path; only these need none: "
                          + StandardLocation.names()))
          .on(host);
    }
  }
}
