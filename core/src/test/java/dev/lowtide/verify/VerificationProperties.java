package dev.lowtide.verify;

import static dev.lowtide.testing.TestTree.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.FileKind;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.RandomTree;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

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

    assertThat(Verification.compare(loaded, after).locations())
        .isEqualTo(Verification.compare(before, after).locations());
  }

  @Property
  void whatIsMoreThanCanBeCountedStopsThere(
      @ForAll @Size(min = 1, max = 5) List<@LongRange(min = 0) Long> sizes) throws IOException {
    TestTree tree = TestTree.inMemory();
    DiskLocation place = DiskLocation.unchanged("place", tree.root());
    DiskBaseline before = baseline(place, List.of());
    DiskBaseline after = baseline(place, sizes);
    long exact =
        sizes.stream()
            .map(BigInteger::valueOf)
            .reduce(BigInteger.ZERO, BigInteger::add)
            .min(BigInteger.valueOf(Long.MAX_VALUE))
            .longValueExact();

    Verification.Location location = Verification.compare(before, after).locations().get(0);

    assertThat(location.afterBytes()).isEqualTo(exact);
    assertThat(location.deltaBytes()).isEqualTo(exact);
    assertThat(location.grown().bytes()).isEqualTo(exact);
    assertThat(after.locations().get(0).bytes()).isEqualTo(exact);
  }

  /** A directory of files of those sizes. */
  private static DiskBaseline baseline(DiskLocation place, List<Long> sizes) {
    Inventory.Builder rows = new Inventory.Builder();
    rows.add(0, new byte[0], row(FileKind.DIRECTORY, 0, 0));
    for (int i = 0; i < sizes.size(); i++) {
      rows.add(1, new byte[] {(byte) ('a' + i)}, row(FileKind.REGULAR, i + 1, sizes.get(i)));
    }
    return new DiskBaseline(
        NOW,
        List.of(
            new DiskBaseline.Location(
                place, rows.build(), true, 0, OptionalLong.empty(), Optional.empty())));
  }

  private static Inventory.Row row(FileKind kind, long inode, long allocated) {
    return new Inventory.Row(kind, false, false, allocated, allocated, inode, 0, 0);
  }
}
