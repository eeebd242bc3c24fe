package dev.lowtide.maven;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.verify.DiskLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.execution.AbstractExecutionListener;
import org.apache.maven.execution.DefaultMavenExecutionRequest;
import org.apache.maven.execution.DefaultMavenExecutionResult;
import org.apache.maven.execution.ExecutionEvent;
import org.apache.maven.execution.MavenExecutionRequest;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.project.MavenProject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a session is compared, and who hears of it. {@code examples/consumers/run} runs Maven. */
class SessionVerificationTest {
  @TempDir Path directory;
  private final List<Boolean> failedWhenMavenHeard = new ArrayList<>();
  private final MavenExecutionRequest request = new DefaultMavenExecutionRequest();
  private MavenSession session;
  private SessionVerification verification;

  @BeforeEach
  @SuppressWarnings("deprecation") // Maven itself has no other constructor without a container
  void startASession() throws IOException {
    session = new MavenSession(null, null, request, new DefaultMavenExecutionResult());
    session.setProjects(List.of(new MavenProject()));
    request.setExecutionListener(
        new AbstractExecutionListener() {
          @Override
          public void sessionEnded(ExecutionEvent event) {
            failedWhenMavenHeard.add(session.getResult().hasExceptions());
          }
        });
    verification = SessionVerification.beginIn(session);
    verification.record(session, List.of(DiskLocation.unchanged("workspace", directory)));
    verification.endStart();
  }

  @Test
  void aBuildThatLeavesAFileHasFailedBeforeMavenSaysHowItEnded() throws IOException {
    verification.buildBegins();
    Files.writeString(directory.resolve("left.o"), "object");

    request.getExecutionListener().sessionEnded(null);

    assertThat(failedWhenMavenHeard).containsExactly(true);
    assertThat(session.getResult().getExceptions())
        .singleElement()
        .satisfies(failure -> assertThat(failure).hasMessageContaining("left.o  (new)"));
  }

  @Test
  void aBuildThatLeavesNothingSucceeds() {
    verification.buildBegins();

    request.getExecutionListener().sessionEnded(null);

    assertThat(failedWhenMavenHeard).containsExactly(false);
  }

  @Test
  void aSessionThatBuildsNothingMayChangeWhatItLikes() throws IOException {
    Files.writeString(directory.resolve("changed"), "by hand");

    request.getExecutionListener().sessionEnded(null);

    assertThat(failedWhenMavenHeard).containsExactly(false);
  }

  @Test
  void aLocationThatCannotBeReadAnyMoreIsAFailure() throws IOException {
    verification.buildBegins();
    Files.delete(directory);
    Files.writeString(directory, "a file in its place");

    request.getExecutionListener().sessionEnded(null);

    assertThat(failedWhenMavenHeard).containsExactly(true);
  }

  @Test
  void theGoalFindsTheVerificationOfItsSession() {
    assertThat(SessionVerification.of(session)).containsSame(verification);
    assertThat(verification.isStarting()).isFalse();
  }
}
