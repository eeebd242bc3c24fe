package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A guard that fails keeps its candidate, and no other. */
class GuardsTest {
  private final TestTree tree = TestTree.inMemory().file("a");

  private Optional<Refusal> refusal(Exception failure) throws IOException {
    Guard failing =
        new Guard() {
          @Override
          public String id() {
            return "failing";
          }

          @Override
          public Optional<String> objection(
              String policy, CleanupTarget target, Candidate candidate, Entry subtree)
              throws IOException {
            if (failure instanceof IOException e) {
              throw e;
            }
            throw (RuntimeException) failure;
          }
        };
    Entry a = SizeProbe.portable().capture(tree.path("a")).root();
    CleanupTarget target = CleanupTarget.of("target", tree.root());
    return new Guards(List.of(failing)).refusal("test", target, TestPolicy.delete(a), a);
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new IOException("the disk\nis broken"), "the disk\\nis broken"),
        Arguments.of(new AccessDeniedException("/x/index"), "/x/index: permission denied"),
        Arguments.of(new IllegalStateException("out of order"), "out of order"),
        Arguments.of(new UncheckedIOException(new IOException("broken")), "broken"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aGuardThatFailsKeepsItsCandidate(Exception failure, String words) throws IOException {
    assertThat(refusal(failure))
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.guard()).isEqualTo("failing");
              assertThat(refusal.path()).isEqualTo(tree.path("a"));
              assertThat(refusal.reason()).contains("could not be checked", words);
            });
  }

  @Test
  void anInterruptEndsTheRun() {
    assertThatThrownBy(() -> refusal(new InterruptedIOException("stop")))
        .isInstanceOf(InterruptedIOException.class);
  }
}
