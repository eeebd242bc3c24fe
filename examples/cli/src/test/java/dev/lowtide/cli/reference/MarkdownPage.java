package dev.lowtide.cli.reference;

import dev.lowtide.cli.reference.Surroundings.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;

/** The page of a command in {@code docs/commands}. */
final class MarkdownPage {
  private final StringBuilder text = new StringBuilder();

  private MarkdownPage() {}

  static String of(CommandReference command) {
    MarkdownPage page = new MarkdownPage();
    page.text.append("<!-- Generated from the command's own help by GeneratedFilesTest. -->\n");
    page.text.append("# ").append(command.name()).append('\n');
    page.text.append(prose(command.description())).append("\n\n");
    page.code(List.of(command.synopsis()));
    page.section("Examples");
    page.code(command.examples());
    page.table(
        "Commands",
        "command",
        command.subcommands().stream()
            .map(each -> new Row("[" + each.name() + "](" + each.page() + ".md)", prose(each)))
            .toList());
    page.table(
        "Arguments",
        "argument",
        command.spec().positionalParameters().stream()
            .map(each -> row(each.paramLabel(), CommandReference.description(each)))
            .toList());
    List<OptionSpec> options = new ArrayList<>(command.options(false));
    options.addAll(command.options(true));
    page.table(
        "Options",
        "option",
        options.stream()
            .map(each -> new Row(names(each), prose(CommandReference.description(each))))
            .toList());
    page.table(
        "Exit codes",
        "code",
        command.exits().entrySet().stream()
            .map(each -> new Row(each.getKey(), prose(each.getValue())))
            .toList());
    page.table("Files", "file", rows(Surroundings.files(command)));
    page.table("Environment variables", "variable", rows(Surroundings.variables(command)));
    page.section("More");
    page.text.append(
        Surroundings.guides(command).stream()
            .map(guide -> "[" + guide.meaning() + "](" + guide.name() + ")")
            .collect(Collectors.joining(" · ", "", "\n")));
    return page.text.toString();
  }

  private static String names(OptionSpec option) {
    List<String> names = List.of(option.names());
    String value = CommandReference.value(option);
    return names.stream()
        .map(name -> code(name.equals(option.longestName()) ? name + value : name))
        .collect(Collectors.joining(", "));
  }

  private static String prose(CommandReference command) {
    return prose(command.summary()) + ".";
  }

  private static List<Row> rows(List<Row> rows) {
    return rows.stream().map(each -> row(each.name(), each.meaning())).toList();
  }

  /** Each of several names is code of its own. */
  private static Row row(String names, String meaning) {
    return new Row(
        List.of(names.split(", ")).stream()
            .map(name -> name.equals("...") ? "…" : code(name))
            .collect(Collectors.joining(", ")),
        prose(meaning));
  }

  private static String code(String text) {
    return "`" + text.replace("|", "\\|") + "`";
  }

  /** What stands in quotes, and names of options, become code. */
  private static String prose(String text) {
    return text.replaceAll("(?<!\\w)'([^']+)'(?!\\w)", "`$1`")
        .replaceAll("(?<![\\w`*-])(--[a-z][a-z-]*[a-z](?: FILE)?)(?![^`]*`)", "`$1`")
        .replace("|", "\\|");
  }

  private void section(String title) {
    text.append("\n## ").append(title).append('\n');
  }

  private void code(List<String> lines) {
    text.append("```\n").append(String.join("\n", lines)).append("\n```\n");
  }

  private void table(String title, String heading, List<Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    section(title);
    text.append("| ").append(heading).append(" | meaning |\n|---|---|\n");
    rows.forEach(
        row ->
            text.append("| ")
                .append(row.name())
                .append(" | ")
                .append(row.meaning())
                .append(" |\n"));
  }
}
