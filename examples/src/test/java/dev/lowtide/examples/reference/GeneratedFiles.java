package dev.lowtide.examples.reference;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.AutoComplete;

/** The checked-in files that are generated from the model of the command line. */
final class GeneratedFiles {
  private static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();

  /** Where man and the shells look for files of a program in {@code examples/bin}. */
  private static final Path SHARE = REPOSITORY.resolve("examples/share");

  static final Path PAGES = REPOSITORY.resolve("docs/commands");
  static final Path MANUAL = SHARE.resolve("man/man1");
  static final Path BASH = SHARE.resolve("bash-completion/completions/lowtide");
  static final Path ZSH = SHARE.resolve("zsh/site-functions/_lowtide");
  static final Path FISH = SHARE.resolve("fish/vendor_completions.d/lowtide.fish");

  private GeneratedFiles() {}

  /** The texts that the files should have. */
  static Map<Path, String> texts() {
    Map<Path, String> texts = new LinkedHashMap<>();
    List<CommandReference> commands = CommandReference.all();
    for (CommandReference command : commands) {
      texts.put(PAGES.resolve(command.page() + ".md"), MarkdownPage.of(command));
      texts.put(MANUAL.resolve(command.page() + ".1"), ManPage.of(command));
    }
    texts.put(BASH, bash());
    texts.put(ZSH, ZshCompletion.of(commands));
    texts.put(FISH, FishCompletion.of(commands));
    return texts;
  }

  /** picocli offers the names of enum constants, which are accepted in small letters too. */
  private static String bash() {
    return Pattern.compile("(?m)^ *local \\w+_option_args=.*$")
        .matcher(AutoComplete.bash("lowtide", CommandReference.commandLine()))
        .replaceAll(line -> line.group().toLowerCase(Locale.ROOT));
  }
}
