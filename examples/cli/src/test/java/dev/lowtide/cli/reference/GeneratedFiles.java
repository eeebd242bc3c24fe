package dev.lowtide.cli.reference;

import dev.lowtide.testing.Repository;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.AutoComplete;
import picocli.CommandLine;

/** The checked-in files of a program that are generated from the model of its command line. */
record GeneratedFiles(CommandLine program) {
  static final Path PAGES = Repository.path("docs/commands");

  /** Where man and the shells look for files of a program in {@code examples/bin}. */
  private static final Path SHARE = Repository.path("examples/share");

  static final Path MANUAL = SHARE.resolve("man/man1");

  static Path bash(String program) {
    return SHARE.resolve("bash-completion/completions/" + program);
  }

  static Path zsh(String program) {
    return SHARE.resolve("zsh/site-functions/_" + program);
  }

  static Path fish(String program) {
    return SHARE.resolve("fish/vendor_completions.d/" + program + ".fish");
  }

  /** The texts that the files should have. */
  Map<Path, String> texts() {
    Map<Path, String> texts = new LinkedHashMap<>();
    List<CommandReference> commands = CommandReference.all(program);
    for (CommandReference command : commands) {
      texts.put(PAGES.resolve(command.page() + ".md"), MarkdownPage.of(command));
      texts.put(MANUAL.resolve(command.page() + ".1"), ManPage.of(command));
    }
    String name = program.getCommandName();
    texts.put(bash(name), bash(program));
    texts.put(zsh(name), ZshCompletion.of(commands));
    texts.put(fish(name), FishCompletion.of(commands));
    return texts;
  }

  /** picocli offers the names of enum constants, which are accepted in small letters too. */
  private static String bash(CommandLine program) {
    return Pattern.compile("(?<=_option_args=)\\(.*")
        .matcher(AutoComplete.bash(program.getCommandName(), program))
        .replaceAll(values -> values.group().toLowerCase(Locale.ROOT));
  }
}
