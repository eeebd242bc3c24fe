package dev.lowtide.cli.reference;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A command as {@code --help} describes it: what the pages of the reference, the manual pages and
 * the completions are generated from.
 */
record CommandReference(CommandSpec spec) {

  /** All commands of a program, each before its subcommands. */
  static List<CommandReference> all(CommandLine program) {
    List<CommandReference> all = new ArrayList<>();
    new CommandReference(program.getCommandSpec()).collect(all);
    return all;
  }

  private void collect(List<CommandReference> all) {
    all.add(this);
    subcommands().forEach(command -> command.collect(all));
  }

  List<CommandReference> subcommands() {
    return spec.subcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .map(CommandReference::new)
        .toList();
  }

  /** Such as {@code lowtide trash list}. */
  String name() {
    return spec.qualifiedName();
  }

  /** The name of its pages, such as {@code lowtide-trash-list}. */
  String page() {
    return spec.qualifiedName("-");
  }

  /** The name of the program. */
  String program() {
    return spec.root().name();
  }

  /** What it is called after its program, such as {@code trash list}; empty for the program. */
  String words() {
    return name().substring(program().length()).strip();
  }

  /** The command with what it takes, in short. */
  String synopsis() {
    return Stream.concat(
            Stream.of(name(), "[OPTION]..."),
            spec.subcommands().isEmpty()
                ? spec.positionalParameters().stream().map(this::inSynopsis)
                : Stream.of(spec.usageMessage().synopsisSubcommandLabel()))
        .collect(Collectors.joining(" "));
  }

  private String inSynopsis(ArgSpec parameter) {
    String dashes = parameter.paramLabel().equals("COMMAND") ? "-- " : "";
    String many = parameter.arity().max() > 1 ? "..." : "";
    return parameter.arity().min() == 0
        ? "[" + dashes + parameter.paramLabel() + many + "]"
        : parameter.paramLabel() + many;
  }

  String description() {
    return plain(String.join(" ", spec.usageMessage().description()));
  }

  /** The first sentence of the description, without a full stop. */
  String summary() {
    return firstSentence(description());
  }

  static String firstSentence(String text) {
    return text.replaceFirst("(?s)\\.( .*)?$", "").replaceFirst("\\. [A-Z].*", "");
  }

  /**
   * Options in the order of the help.
   *
   * @param inherited those of every command, or its own
   */
  List<OptionSpec> options(boolean inherited) {
    Comparator<OptionSpec> order =
        spec.usageMessage().sortOptions()
            ? Comparator.comparing(option -> option.longestName().toLowerCase(Locale.ROOT))
            : Comparator.comparing(option -> 0);
    return spec.options().stream()
        .filter(option -> isOfAll(option) == inherited)
        .sorted(order)
        .toList();
  }

  private static boolean isOfAll(OptionSpec option) {
    return option.inherited() || option.scopeType() == CommandLine.ScopeType.INHERIT;
  }

  /**
   * The value as an option shows it, such as {@code =FILE} or {@code [=INTERVAL]}; may be empty.
   */
  static String value(OptionSpec option) {
    if (option.arity().max() == 0) {
      return "";
    }
    String more = option.splitRegex().isEmpty() ? "" : "[," + option.paramLabel() + "]...";
    String value = "=" + option.paramLabel() + more;
    return option.arity().min() == 0 ? "[" + value + "]" : value;
  }

  static String description(ArgSpec argument) {
    return plain(String.join(" ", argument.description()))
        .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()));
  }

  static boolean isPath(ArgSpec argument) {
    return argument.type() == Path.class
        || Arrays.asList(argument.auxiliaryTypes()).contains(Path.class);
  }

  /** The words that an option accepts; none if it accepts any. */
  static List<String> choices(OptionSpec option) {
    return option.type().isEnum()
        ? Arrays.stream(option.type().getEnumConstants())
            .map(value -> value.toString().toLowerCase(Locale.ROOT))
            .toList()
        : List.of();
  }

  /** The meanings of the exit codes, in their order. */
  Map<String, String> exits() {
    return spec.usageMessage().exitCodeList();
  }

  List<String> examples() {
    return Arrays.stream(spec.usageMessage().footer()).map(line -> plain(line).strip()).toList();
  }

  /** As picocli prints it. */
  private static String plain(String text) {
    return text.replace("%%", "%").replace("%n", "\n");
  }
}
