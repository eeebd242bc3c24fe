package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Examination.Finding.Severity;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestProvider;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void aDeletedFileThatIsOpenIsNamedWithItsProcessWhereSpaceIsShort(@TempDir Path directory)
      throws IOException {
    Path gone = directory.toRealPath().resolve("server.log");
    String script =
        "f = open(a[0], 'wb'); f.write(bytes(3 << 20)); f.flush(); import os; os.remove(a[0])";
    try (ChildProcess.Running server = ChildProcess.python(script, gone)) {
      List<Finding> findings = examineReal(directory, new ByteSize(Long.MAX_VALUE));

      assertThat(findings)
          .filteredOn(finding -> finding.id().equals("host.deleted-files"))
          .singleElement()
          .satisfies(
              finding ->
                  assertThat(finding.message())
                      .startsWith("up to ")
                      .contains("(pid " + server.pid() + ") has " + gone + " open, 3 MiB"));
      assertThat(examineReal(directory, ByteSize.ZERO))
          .as("where enough is free")
          .noneMatch(finding -> finding.message().contains(gone.toString()));
    }
  }

  @Test
  void fewInodesAreSeenWhereTheNativeLayerIs(@TempDir Path directory) throws IOException {
    ChildProcess.runWithMounts(
        "mount -t tmpfs -o nr_inodes=100 none \"$1\"; touch $(seq -f \"$1/%g\" 96)",
        OnFewInodes.class, directory.toRealPath());
  }

  /** Runs where a directory has three inodes left of a hundred. */
  static final class OnFewInodes {
    private OnFewInodes() {}

    public static void main(String[] args) throws IOException {
      boolean isNative = SizeProbe.best().name().equals("linux");
      assertThat(examineReal(Path.of(args[0]), ByteSize.ZERO))
          .filteredOn(finding -> finding.id().equals("host.few-inodes"))
          .extracting(Finding::message)
          .hasSize(isNative ? 1 : 0)
          .allMatch(message -> message.startsWith("2 of 100 inodes are free on "));
    }
  }

  private static List<Finding> examineReal(Path directory, ByteSize leastFree) throws IOException {
    Path root = Files.createDirectories(directory.toRealPath().resolve("work"));
    return TestMachine.lowtide(TestTree.in(root))
        .build()
        .examine(List.of(CleanupTarget.of("workspace", root)), leastFree);
  }
}
