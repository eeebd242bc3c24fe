package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The form of commands that a policy may run: fixed words, and placeholders for arguments of a
 * known kind. A command that matches no form of the loaded policies is never run, neither for a
 * policy nor for a plan that was written by hand, since the same program may do anything with other
 * arguments: {@code rustup run stable rm -rf /}.
 *
 * <pre>{@code
 * CommandShape.of("uv", "cache", "prune", "--cache-dir").path()
 * CommandShape.of("docker", "container", "rm").matching("[0-9a-f]{64}")
 * }</pre>
 *
 * <p>Immutable.
 */
public final class CommandShape {
  private final ImmutableList<Word> words;

  /** A pattern for one argument, or for several in sequence. */
  private interface Word {
    boolean matchesArgument(String argument, Path item);

    default boolean repeats() {
      return false;
    }
  }

  private record Fixed(String word) implements Word {
    @Override
    public boolean matchesArgument(String argument, Path item) {
      return argument.equals(word);
    }
  }

  private record Matching(Pattern pattern, boolean repeats) implements Word {
    @Override
    public boolean matchesArgument(String argument, Path item) {
      return pattern.matcher(argument).matches();
    }
  }

  private enum ItemWord implements Word {
    PATH {
      @Override
      public boolean matchesArgument(String argument, Path item) {
        return argument.equals(item.toString());
      }
    },
    NAME {
      @Override
      public boolean matchesArgument(String argument, Path item) {
        return !argument.startsWith("-") && argument.equals(String.valueOf(item.getFileName()));
      }
    }
  }

  private CommandShape(ImmutableList<Word> words) {
    this.words = words;
  }

  /**
   * A command that begins with these words.
   *
   * @param executable a name without a directory, which is looked up on {@code PATH}
   * @throws IllegalArgumentException if it is a path
   */
  public static CommandShape of(String executable, String... arguments) {
    if (executable.isEmpty() || executable.contains("/") || executable.contains("\\")) {
      throw new IllegalArgumentException(
          "'" + executable + "' names a file; a command is a bare name");
    }
    return new CommandShape(ImmutableList.of(new Fixed(executable))).then(arguments);
  }

  /** This command, followed by these words. */
  public CommandShape then(String... arguments) {
    CommandShape shape = this;
    for (String argument : arguments) {
      shape = shape.plus(new Fixed(argument));
    }
    return shape;
  }

  /** This command, followed by the path of the item. */
  public CommandShape path() {
    return plus(ItemWord.PATH);
  }

  /** This command, followed by the file name of the item's path. */
  public CommandShape name() {
    return plus(ItemWord.NAME);
  }

  /**
   * This command, followed by one argument.
   *
   * @param pattern which must match the whole argument; it must not match an option, unless options
   *     are intended
   */
  public CommandShape matching(String pattern) {
    return plus(new Matching(Pattern.compile(pattern), false));
  }

  /** This command, followed by one or more arguments that each {@link #matching match}. */
  public CommandShape eachMatching(String pattern) {
    return plus(new Matching(Pattern.compile(pattern), true));
  }

  private CommandShape plus(Word word) {
    return new CommandShape(ImmutableList.<Word>builder().addAll(words).add(word).build());
  }

  /** The name of the program. */
  public String executable() {
    return ((Fixed) words.get(0)).word();
  }

  /**
   * Whether a command has this form.
   *
   * @param item the path of the item for which it is run
   */
  public boolean matches(List<String> argv, Path item) {
    return matches(argv, 0, item, 0);
  }

  private boolean matches(List<String> argv, int argument, Path item, int word) {
    if (word == words.size()) {
      return argument == argv.size();
    }
    return argument < argv.size()
        && words.get(word).matchesArgument(argv.get(argument), item)
        && (matches(argv, argument + 1, item, word + 1)
            || (words.get(word).repeats() && matches(argv, argument + 1, item, word)));
  }
}
