package dev.lowtide.cli.reference;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Completions for zsh, which shows the first sentence of each description. */
final class ZshCompletion {
  private ZshCompletion() {}

  static String of(List<CommandReference> commands) {
    String program = commands.get(0).program();
    return "#compdef "
        + program
        + "\n"
        + "# Generated from the command's own help by GeneratedFilesTest.\n"
        + commands.stream().map(ZshCompletion::function).collect(Collectors.joining())
        + function(program)
        + " \"$@\"\n";
  }

  private static String function(CommandReference command) {
    String name = function(command.name());
    boolean isLast = command.subcommands().isEmpty();
    Stream<String> arguments =
        isLast
            ? command.spec().positionalParameters().stream().map(ZshCompletion::argument)
            : Stream.of(
                quoted("1:command:((" + subcommands(command) + "))"), quoted("*::argument:->rest"));
    String specs =
        Stream.concat(
                Stream.of(false, true)
                    .flatMap(inherited -> command.options(inherited).stream())
                    .map(ZshCompletion::option),
                arguments)
            .collect(Collectors.joining(" \\\n    "));
    String next =
        isLast ? "" : "  (( $+functions[" + name + "_$words[1]] )) && " + name + "_$words[1]\n";
    return name + "() {\n  _arguments -C -s -S \\\n    " + specs + "\n" + next + "}\n";
  }

  private static String function(String command) {
    return "_" + command.replace(' ', '_');
  }

  private static String subcommands(CommandReference command) {
    return command.subcommands().stream()
        .map(each -> each.spec().name() + "\\:\"" + text(each.summary()) + "\"")
        .collect(Collectors.joining(" "));
  }

  private static String option(OptionSpec option) {
    List<String> names = List.of(option.names());
    String many = option.isMultiValue() ? "*" : "";
    String others = names.size() > 1 ? "(" + String.join(" ", names) + ")" : "";
    boolean hasValue = option.arity().min() > 0;
    String description =
        "["
            + text(CommandReference.firstSentence(CommandReference.description(option)))
            + "]"
            + (hasValue ? ":" + text(option.paramLabel()) + ":" + values(option) : "");
    return names.stream()
        .map(name -> name + (hasValue && name.startsWith("--") ? "=" : ""))
        .map(name -> quoted(others + many + name + description))
        .collect(Collectors.joining(" \\\n    "));
  }

  private static String values(OptionSpec option) {
    return CommandReference.isPath(option)
        ? "_files"
        : "(" + String.join(" ", CommandReference.choices(option)) + ")";
  }

  private static String argument(PositionalParamSpec parameter) {
    boolean isCommand = parameter.paramLabel().equals("COMMAND");
    return quoted(
        (isCommand ? "*::" : parameter.arity().max() > 1 ? "*:" : "1:")
            + parameter.paramLabel()
            + ":"
            + (isCommand ? "_normal" : CommandReference.isPath(parameter) ? "_files" : "()"));
  }

  private static String text(String text) {
    return text.replaceAll("([\\[\\]:\"])", "\\\\$1");
  }

  private static String quoted(String spec) {
    return "'" + spec.replace("'", "'\\''") + "'";
  }
}
