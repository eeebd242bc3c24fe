package dev.lowtide.cli;

import dev.lowtide.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows of text in columns as wide as their widest cell. For one thread. */
public final class Table {
  private static final String RIGHT = ">";

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
    StringBuilder text = new StringBuilder();
    line(text, headings.stream().map(Table::title).toList());
    rows.forEach(row -> line(text, row));
    return text.toString();
  }

  private void line(StringBuilder text, List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < headings.size(); i++) {
      String format =
          "%" + (headings.get(i).startsWith(RIGHT) ? "" : "-") + Math.max(1, width(i)) + "s";
      line.append(i == 0 ? "" : "  ").append(String.format(Locale.ROOT, format, cells.get(i)));
    }
    text.append(line.toString().stripTrailing()).append('\n');
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
