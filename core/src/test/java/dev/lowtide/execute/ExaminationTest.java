package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Finding;
import dev.lowtide.policy.Finding.Severity;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestProvider;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ExaminationTest {
  private final TestTree tree = TestTree.inMemory().file("a/x", TestTree.kib(8));

  private record Provider(String ecosystem, Function<Examination, List<Finding>> find)
      implements TestProvider {
    @Override
    public List<Finding> examine(Examination examination) {
      return find.apply(examination);
    }
  }

  private static Finding finding(String id, Severity severity) {
    return new Finding(id, severity, "here", "something", "Do this.");
  }

  private List<Finding> examine(ByteSize leastFree, Provider... providers) throws IOException {
    return TestMachine.lowtide(tree)
        .providers(List.of(providers))
        .build()
        .examine(List.of(CleanupTarget.of("workspace", tree.root())), leastFree);
  }

  @Test
  void whatMattersMostComesFirst() throws IOException {
    assertThat(
            examine(
                ByteSize.ZERO,
                new Provider("a", any -> List.of(finding("a.1", Severity.INFO))),
                new Provider(
                    "b",
                    any ->
                        List.of(finding("b.2", Severity.ERROR), finding("b.1", Severity.WARNING)))))
        .extracting(Finding::id)
        .containsExactly("b.2", "b.1", "a.1");
  }

  @Test
  void aProviderThatIsBrokenDoesNotHideWhatOthersFind() throws IOException {
    List<Finding> findings =
        examine(
            ByteSize.ZERO,
            new Provider(
                "broken",
                any -> {
                  throw new IllegalStateException("no such luck");
                }),
            new Provider("a", any -> List.of(finding("a.1", Severity.INFO))));

    assertThat(findings).extracting(Finding::id).containsExactly("broken.examination", "a.1");
    assertThat(findings.get(0).message()).contains("no such luck");
  }

  @Test
  void aProviderSeesTheWorkspacesAndCanMeasure() throws IOException {
    Provider curious =
        new Provider(
            "curious",
            examination -> {
              assertThat(examination.workspaces().get(0).rootPath()).isEqualTo(tree.root());
              assertThat(examination.usage(tree.path("a")).orElseThrow().files()).isEqualTo(1);
              assertThat(examination.usage(tree.path("none"))).isEmpty();
              assertThat(examination.volume(tree.path("none/at/all")))
                  .isEqualTo(examination.volume(tree.root()));
              return List.of(finding("curious.1", Severity.INFO));
            });

    assertThat(examine(ByteSize.ZERO, curious))
        .extracting(Finding::id)
        .containsExactly("curious.1");
  }

  @Test
  void aFileSystemThatIsAlmostFullIsFoundOnce() throws IOException {
    List<Finding> findings = examine(new ByteSize(Long.MAX_VALUE));

    assertThat(findings)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.id()).isEqualTo("host.free-space");
              assertThat(finding.severity()).isEqualTo(Severity.ERROR);
            });
  }
}
