package dev.lowtide;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ByteSizeProperties {
  @Property(tries = 20)
  void keepsItsBytes(@ForAll long bytes) {
    assertThat(new ByteSize(bytes).bytes()).isEqualTo(bytes);
  }
}
