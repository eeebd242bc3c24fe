package dev.lowtide.cli.reference;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;

/** Completions for fish, which shows the first sentence of each description. */
final class FishCompletion {
  private final StringBuilder text = new StringBuilder();

  private FishCompletion() {}

  static String of(List<CommandReference> commands) {
    FishCompletion completion = new FishCompletion();
    completion.line("# Generated from the command's own help by GeneratedFilesTest.");
    completion.line("complete -c " + commands.get(0).program() + " -f");
    commands.forEach(completion::add);
    return completion.text.toString();
  }

  private void add(CommandReference command) {
    String when = when(command);
    for (CommandReference each : command.subcommands()) {
      line(when + " -a " + each.spec().name() + description(each.summary()));
    }
    for (boolean inherited : new boolean[] {false, true}) {
      command.options(inherited).forEach(option -> line(when + option(option)));
    }
    if (command.spec().positionalParameters().stream().anyMatch(CommandReference::isPath)) {
      line(when + " -F");
    }
  }

  /** Where the words of the command were typed, and no subcommand yet. */
  private static String when(CommandReference command) {
    String here =
        command.words().isEmpty()
            ? ""
            : Arrays.stream(command.words().split(" "))
                .map(word -> "__fish_seen_subcommand_from " + word)
                .collect(Collectors.joining("; and "));
    String below =
        command.subcommands().stream()
            .map(each -> each.spec().name())
            .collect(Collectors.joining(" "));
    String notBelow = below.isEmpty() ? "" : "not __fish_seen_subcommand_from " + below;
    String and = here.isEmpty() || below.isEmpty() ? "" : "; and ";
    String condition = here + and + notBelow;
    return "complete -c "
        + command.program()
        + (condition.isEmpty() ? "" : " -n '" + condition + "'");
  }

  private static String option(OptionSpec option) {
    StringBuilder text = new StringBuilder();
    for (String name : option.names()) {
      text.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
    }
    if (option.arity().min() > 0) {
      text.append(CommandReference.isPath(option) ? " -r -F" : " -x");
    }
    List<String> choices = CommandReference.choices(option);
    if (!choices.isEmpty()) {
      text.append(" -a '").append(String.join(" ", choices)).append("'");
    }
    return text + description(CommandReference.firstSentence(CommandReference.description(option)));
  }

  private static String description(String text) {
    return " -d '" + text.replace("'", "\\'") + "'";
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}
