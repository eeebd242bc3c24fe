package dev.lowtide.maven;

import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.Verification;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.maven.MavenExecutionException;
import org.apache.maven.execution.AbstractExecutionListener;
import org.apache.maven.execution.ExecutionListener;
import org.apache.maven.execution.MavenExecutionRequest;
import org.apache.maven.execution.MavenSession;

/** The comparison of the disk at the start of a Maven session with that at its end. */
final class SessionVerification {
  private static final String KEY = SessionVerification.class.getName();

  private boolean starting = true;
  private volatile boolean isBuild;

  private SessionVerification() {}

  /**
   * Attaches a verification to a session. Nothing is verified unless the goal then calls {@link
   * #record}.
   */
  static SessionVerification beginIn(MavenSession session) {
    SessionVerification verification = new SessionVerification();
    session.getRequest().getData().put(KEY, verification);
    return verification;
  }

  /**
   * The verification of a session; empty if the plugin was not an extension when the session
   * started.
   */
  static Optional<SessionVerification> of(MavenSession session) {
    return session.getRequest().getData().get(KEY) instanceof SessionVerification verification
        ? Optional.of(verification)
        : Optional.empty();
  }

  /** Whether no project has been built yet. */
  boolean isStarting() {
    return starting;
  }

  void endStart() {
    starting = false;
  }

  /**
   * Says that a project is being built. A session that only runs goals, such as {@code mvn
   * versions:set} or {@code mvn lowtide:clean}, changes what a person asks it to change, so it is
   * not compared.
   */
  void buildBegins() {
    isBuild = true;
  }

  /**
   * Records the locations. At the end of the session, they are compared if a project was built, and
   * a difference fails the session.
   *
   * @throws IOException if a location cannot be read
   */
  void record(MavenSession session, List<DiskLocation> locations) throws IOException {
    DiskBaseline before =
        DiskBaseline.capture(locations, SizeProbe.best(), Clock.systemUTC().instant());
    MavenExecutionRequest request = session.getRequest();
    ExecutionListener own =
        Objects.requireNonNullElseGet(
            request.getExecutionListener(), () -> new AbstractExecutionListener() {});
    request.setExecutionListener(before(own, () -> compareIfBuilt(session, before)));
  }

  /**
   * A listener that does something before the session's own listener hears of the end. The
   * session's listener prints whether the build was successful, which a failure that is added later
   * would contradict.
   */
  private static ExecutionListener before(ExecutionListener own, Runnable action) {
    return (ExecutionListener)
        Proxy.newProxyInstance(
            ExecutionListener.class.getClassLoader(),
            new Class<?>[] {ExecutionListener.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("sessionEnded")) {
                action.run();
              }
              try {
                return method.invoke(own, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void compareIfBuilt(MavenSession session, DiskBaseline before) {
    if (!isBuild) {
      return;
    }
    File pom = session.getTopLevelProject().getFile();
    try {
      Verification verification =
          Verification.compare(before, before.again(SizeProbe.best(), Clock.systemUTC().instant()));
      if (!verification.passed()) {
        session
            .getResult()
            .addException(
                new MavenExecutionException(
                    "The build has changed the disk:\n" + verification.explain(), pom));
      }
    } catch (IOException | RuntimeException e) {
      session
          .getResult()
          .addException(
              new MavenExecutionException(
                  "It cannot be verified what the build has left: " + e.getMessage(), e));
    }
  }
}
