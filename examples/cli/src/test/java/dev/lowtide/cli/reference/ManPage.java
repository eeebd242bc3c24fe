package dev.lowtide.cli.reference;

import dev.lowtide.cli.reference.Surroundings.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;

/** The manual page of a command, in roff with the macros of man(7). */
final class ManPage {
  private final StringBuilder text = new StringBuilder();

  private ManPage() {}

  static String of(CommandReference command) {
    ManPage page = new ManPage();
    page.line(".\\\" Generated from the command's own help by GeneratedFilesTest.");
    page.line(".TH " + escape(command.page().toUpperCase(Locale.ROOT)) + " 1 \"\" Lowtide Lowtide");
    page.line(".SH NAME");
    page.line(escape(command.page()) + " \\- " + escape(lowerCase(command.summary())));
    page.line(".SH SYNOPSIS");
    page.line(".nf\n" + escape(command.synopsis()) + "\n.fi");
    page.line(".SH DESCRIPTION");
    page.line(escape(command.description()));
    page.list(
        "COMMANDS",
        command.subcommands().stream().map(each -> new Row(each.name(), each.summary() + ".")));
    page.list(
        "ARGUMENTS",
        command.spec().positionalParameters().stream()
            .map(each -> new Row(each.paramLabel(), CommandReference.description(each))));
    page.list(
        "OPTIONS",
        Stream.of(false, true)
            .flatMap(inherited -> command.options(inherited).stream())
            .map(each -> new Row(names(each), CommandReference.description(each))));
    page.list(
        "EXIT STATUS",
        command.exits().entrySet().stream().map(each -> new Row(each.getKey(), each.getValue())));
    page.list("FILES", Surroundings.files(command).stream());
    page.list("ENVIRONMENT", Surroundings.variables(command).stream());
    page.line(".SH EXAMPLES\n.nf");
    command.examples().forEach(example -> page.line(escape(example)));
    page.line(".fi\n.SH SEE ALSO");
    page.line(seeAlso(command));
    return page.text.toString();
  }

  private static String names(OptionSpec option) {
    return String.join(", ", option.names()) + CommandReference.value(option);
  }

  private static String seeAlso(CommandReference command) {
    List<String> others = new ArrayList<>();
    if (command.spec().parent() != null) {
      others.add(new CommandReference(command.spec().parent()).page());
    }
    command.subcommands().forEach(each -> others.add(each.page()));
    if (others.isEmpty()) {
      others.add("lowtide");
    }
    return others.stream()
        .map(page -> ".BR " + escape(page) + " (1)")
        .collect(Collectors.joining(" ,\n"));
  }

  private static String lowerCase(String sentence) {
    return sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
  }

  private void list(String title, Stream<Row> rows) {
    List<Row> all = rows.toList();
    if (!all.isEmpty()) {
      line(".SH " + title.replaceFirst("(.* .*)", "\"$1\""));
      all.forEach(row -> line(".TP\n\\fB" + escape(row.name()) + "\\fR\n" + escape(row.meaning())));
    }
  }

  /** A dash is one to copy, and no line begins as a request. */
  private static String escape(String text) {
    return text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("~", "\\(ti")
        .replace("'", "\\(aq")
        .replace("…", "...")
        .replaceAll("(?m)^\\.", "\\\\&.");
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}
