package dev.lowtide.fs;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import dev.lowtide.fs.OpenFiles.How;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The texts in the arguments and the environment of a process that may be paths. */
final class GivenTexts {
  /** {@code PATH_MAX}; a longer text is not a path. */
  static final int MAX_PATH = 4096;

  /**
   * The characters that may separate a path from other text in an argument. Blanks are not among
   * them, since the text of a script is not a path.
   */
  private static final Splitter ARGUMENT_SPLITTER =
      Splitter.on(CharMatcher.anyOf(":,=@")).omitEmptyStrings();

  private static final Splitter CODE_SPLITTER =
      Splitter.on(CharMatcher.anyOf(":; ")).omitEmptyStrings();

  /**
   * The variables that name a temporary directory of the process. Variables that name permanent
   * caches are not among them: many environments have them, and they say nothing about use. The
   * last two are pip's: the first one of pip 23.0 to 26.2, the second one of 18.1 to 22.0.
   */
  private static final Set<String> TEMPORARY_VARIABLES =
      Set.of("TMPDIR", "TMP", "TEMP", "PIP_BUILD_TRACKER", "PIP_REQ_TRACKER");

  /**
   * The variables by which a process finds the code that it runs: a virtual environment that is
   * activated (venv, conda), Python's modules and prefix, and the dynamic linker's libraries,
   * ld.so(8).
   */
  private static final Set<String> CODE_VARIABLES =
      Set.of(
          "VIRTUAL_ENV",
          "CONDA_PREFIX",
          "PYTHONPATH",
          "PYTHONHOME",
          "LD_LIBRARY_PATH",
          "LD_PRELOAD");

  private GivenTexts() {}

  /** How a process uses the paths in a variable; empty if the variable says nothing about use. */
  static Optional<How> useOfVariable(String name) {
    if (TEMPORARY_VARIABLES.contains(name)) {
      return Optional.of(How.TEMPORARY);
    }
    return CODE_VARIABLES.contains(name) ? Optional.of(How.CODE) : Optional.empty();
  }

  /** The value of a variable, and the parts of a list of directories. */
  static List<String> ofVariable(String value, How how) {
    List<String> texts = new ArrayList<>(List.of(value));
    if (how == How.CODE) {
      CODE_SPLITTER.split(value).forEach(texts::add);
    }
    return texts;
  }

  /**
   * An argument, its parts, and the paths that directly follow an option.
   *
   * @param wordsToo whether a word without a slash may be a path. 'build' in 'make build' is not
   *     one if make has started this process: there is no such directory, or make no longer uses it
   */
  static List<String> ofArgument(String argument, boolean wordsToo) {
    List<String> texts = new ArrayList<>();
    addWord(argument, wordsToo, texts);
    for (String piece : ARGUMENT_SPLITTER.split(argument)) {
      if (piece.indexOf('/') >= 0 && piece.length() < argument.length()) {
        addWord(piece, wordsToo, texts);
      }
    }
    return texts;
  }

  private static void addWord(String word, boolean wordsToo, List<String> texts) {
    int slash = word.indexOf('/');
    if (!word.startsWith("-")) {
      if (slash >= 0 || wordsToo) {
        texts.add(word);
      }
    } else if (slash > 0) {
      texts.add(word.substring(slash)); // -I/x
      texts.add(word.substring(Math.min(slash, 2))); // -Ix/y
    }
  }
}
