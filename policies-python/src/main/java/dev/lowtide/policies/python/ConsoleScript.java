package dev.lowtide.policies.python;

import dev.lowtide.probe.Entry;
import java.util.regex.Pattern;

/**
 * The programs that installers write for the entry points of packages, which say nothing but what
 * to call: those of distlib in pip 19 to 26 and virtualenv 20 and 21, and of uv.
 */
final class ConsoleScript {
  private static final int MAX_TEXT = 1 << 12;

  private static final Pattern TEXT =
      Pattern.compile(
          "#!.*\\R(?:'''exec' .*\\R' '''\\R)?"
              + "(?:# -\\*- coding: utf-8 -\\*-\\R)?"
              + "(?:import (?:re|sys)\\R){1,2}"
              + "from [\\w.]+ import \\w+\\R"
              + "if __name__ == ['\"]__main__['\"]:\\R"
              + "(?: {4}sys\\.argv\\[0\\] = re\\.sub\\(r'[^'\\r\\n]*', '', sys\\.argv\\[0\\]\\)\\R"
              + "|(?: {4}(?:el)?if sys\\.argv\\[0\\]\\.endswith\\(['\"][-.\\w]+['\"]\\):\\R"
              + " {8}sys\\.argv\\[0\\] = sys\\.argv\\[0\\]\\[:-[0-9]+\\]\\R){1,2})"
              + " {4}sys\\.exit\\([\\w.]+\\(\\)\\)\\R?");

  private ConsoleScript() {}

  /** Whether a file is one, to the letter. */
  static boolean isOne(Entry file) {
    return file.size() < MAX_TEXT
        && file.text(MAX_TEXT).filter(text -> TEXT.matcher(text).matches()).isPresent();
  }
}
