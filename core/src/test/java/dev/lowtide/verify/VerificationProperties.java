package dev.lowtide.verify;

import static dev.lowtide.testing.TestTree.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.RandomTree;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class VerificationProperties {
  @Provide
  Arbitrary<List<RandomTree.Step>> steps() {
    return RandomTree.steps();
  }

  private static DiskBaseline capture(TestTree tree) throws IOException {
    return DiskBaseline.capture(
        List.of(DiskLocation.unchanged("place", tree.root())), SizeProbe.portable(), NOW);
  }

  @Property(tries = 60)
  void failsExactlyWhereSomethingWasAdded(
      @ForAll("steps") List<RandomTree.Step> first, @ForAll("steps") List<RandomTree.Step> more)
      throws IOException {
    TestTree tree = RandomTree.plant(TestTree.inMemory(), first);
    DiskBaseline before = capture(tree);
    List<String> names = tree.names();
    RandomTree.plant(tree, more);

    Verification.Location location = Verification.compare(before, capture(tree)).locations().get(0);

    assertThat(location.passed()).isEqualTo(tree.names().equals(names));
    assertThat(location.vanished().isEmpty()).isTrue();
    assertThat(location.afterBytes())
        .isEqualTo(SizeProbe.portable().measure(tree.root()).allocatedBytes());
    assertThat(location.grown().bytes()).isEqualTo(location.deltaBytes());
  }

  @Property(tries = 60)
  void aBaselineThatWasSavedSaysTheSame(
      @ForAll("steps") List<RandomTree.Step> first, @ForAll("steps") List<RandomTree.Step> more)
      throws IOException {
    TestTree tree = RandomTree.plant(TestTree.inMemory(), first);
    DiskBaseline before = capture(tree);
    StringWriter saved = new StringWriter();
    before.write(saved);
    RandomTree.plant(tree, more);
    DiskBaseline after = capture(tree);

    DiskBaseline loaded = DiskBaseline.read(new StringReader(saved.toString()));

    assertThat(Verification.compare(loaded, after)).isEqualTo(Verification.compare(before, after));
  }
}
