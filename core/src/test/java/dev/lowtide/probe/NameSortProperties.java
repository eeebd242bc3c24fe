package dev.lowtide.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Against a sort that compares whole names; each character stands for the byte of its number. */
class NameSortProperties {
  /** Of few different bytes and about as long as the pieces that are compared, so much is equal. */
  @Provide
  Arbitrary<List<String>> names() {
    return Arbitraries.strings()
        .withChars('\u0001', 'a', '\u007F', '\u0080', '\u00FF')
        .ofMaxLength(26)
        .list()
        .ofMaxSize(200);
  }

  private static List<String> sorted(List<String> names, int from, int to) {
    int[] start = new int[names.size() + 1];
    for (int i = 0; i < names.size(); i++) {
      start[i + 1] = start[i] + names.get(i).length();
    }
    int[] rows = IntStream.range(0, names.size()).toArray();
    new NameSort(String.join("", names).getBytes(ISO_8859_1), start, rows).sort(from, to);
    return Arrays.stream(rows).mapToObj(names::get).toList();
  }

  private static List<String> expected(List<String> names, int from, int to) {
    List<String> expected = new ArrayList<>(names);
    Collections.sort(expected.subList(from, to));
    return expected;
  }

  @Property
  void namesAreInTheOrderOfTheirBytes(@ForAll("names") List<String> names) {
    assertThat(sorted(names, 0, names.size())).isEqualTo(expected(names, 0, names.size()));
  }

  @Property
  void whatIsOutsideOfTheRangeStays(@ForAll("names") List<String> names) {
    int from = names.size() / 3;
    int to = names.size() - from;

    assertThat(sorted(names, from, to)).isEqualTo(expected(names, from, to));
  }

  @Example
  void aGreatManyAreSortedBySeveralThreads() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 60_000; i++) {
      names.add("a-name-that-begins-as-all-do-" + i);
    }
    Collections.shuffle(names, new Random(1));

    assertThat(sorted(names, 0, names.size())).isEqualTo(expected(names, 0, names.size()));
  }
}
