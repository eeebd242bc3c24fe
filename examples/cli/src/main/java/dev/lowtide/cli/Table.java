package dev.lowtide.cli;

import com.google.common.base.Splitter;
import dev.lowtide.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Rows of text in columns as wide as their widest cell. For one thread. */
public final class Table {
  private static final String RIGHT = ">";
  private static final int GAP = 2;
  private static final Splitter WORDS = Splitter.on(' ');

  private final List<String> headings;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * A table with a heading for each column. If it begins with {@code >}, the column is flush right.
   */
  public Table(String... headings) {
    this.headings = List.of(headings);
  }

  /**
   * Adds a row.
   *
   * @param cells one for each column; made printable
   */
  public void row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(Printable.of(String.valueOf(cell)));
    }
    rows.add(row);
  }

  /** The heading and the rows, each ending with a line end and no blanks before it. */
  @Override
  public String toString() {
    return within(Integer.MAX_VALUE);
  }

  /**
   * Like {@link #toString}, but no wider than a terminal, if that is possible: a cell of several
   * words is then in several lines.
   */
  public String within(int terminalColumns) {
    int[] widths = new int[headings.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = width(i);
    }
    int excess = IntStream.of(widths).sum() + GAP * (widths.length - 1) - terminalColumns;
    while (excess > 0) {
      int widest = 0;
      for (int i = 1; i < widths.length; i++) {
        widest = spare(i, widths) > spare(widest, widths) ? i : widest;
      }
      if (spare(widest, widths) <= 0) {
        break; // no word can go into another line
      }
      widths[widest]--;
      excess--;
    }
    StringBuilder text = new StringBuilder();
    lines(text, headings.stream().map(Table::title).toList(), widths);
    rows.forEach(row -> lines(text, row, widths));
    return text.toString();
  }

  /** By how much a column can become narrower. */
  private int spare(int column, int[] widths) {
    int longestWord = title(headings.get(column)).length();
    for (List<String> row : rows) {
      for (String word : WORDS.split(row.get(column))) {
        longestWord = Math.max(longestWord, word.length());
      }
    }
    return widths[column] - longestWord;
  }

  private void lines(StringBuilder text, List<String> cells, int[] widths) {
    List<List<String>> columns = new ArrayList<>();
    for (int i = 0; i < widths.length; i++) {
      columns.add(wrapped(cells.get(i), widths[i]));
    }
    int height = columns.stream().mapToInt(List::size).max().orElse(0);
    for (int y = 0; y < height; y++) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String format =
            "%" + (headings.get(i).startsWith(RIGHT) ? "" : "-") + Math.max(1, widths[i]) + "s";
        String cell = y < columns.get(i).size() ? columns.get(i).get(y) : "";
        line.append(i == 0 ? "" : " ".repeat(GAP)).append(String.format(Locale.ROOT, format, cell));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
  }

  private static List<String> wrapped(String cell, int width) {
    if (cell.length() <= width) {
      return List.of(cell);
    }
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : WORDS.split(cell)) {
      if (line.length() > 0 && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  private static String title(String heading) {
    return heading.startsWith(RIGHT) ? heading.substring(1) : heading;
  }

  private int width(int column) {
    int width = title(headings.get(column)).length();
    for (List<String> row : rows) {
      width = Math.max(width, row.get(column).length());
    }
    return width;
  }
}
