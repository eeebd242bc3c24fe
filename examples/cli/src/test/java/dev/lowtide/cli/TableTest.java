package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {
  private final Table table = new Table("ID", ">SIZE", "WHAT");

  TableTest() {
    table.row("a.b", 7, "caches of three tools");
    table.row("c", 1000, "logs");
  }

  @Test
  void aColumnIsAsWideAsItsWidestCell() {
    assertThat(table)
        .hasToString(
            """
            ID   SIZE  WHAT
            a.b     7  caches of three tools
            c    1000  logs
            """);
  }

  @Test
  void whereTheTerminalIsNarrowWordsGoIntoTheNextLine() {
    assertThat(table.within(22))
        .isEqualTo(
            """
            ID   SIZE  WHAT
            a.b     7  caches of
                       three tools
            c    1000  logs
            """);
  }

  @Test
  void aWordIsNeverCutOff() {
    assertThat(table.within(3))
        .isEqualTo(
            """
            ID   SIZE  WHAT
            a.b     7  caches
                       of
                       three
                       tools
            c    1000  logs
            """);
  }
}
