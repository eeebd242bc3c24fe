package dev.lowtide.policies.python.environments;

import dev.lowtide.probe.Entry;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The scripts that installers write for the entry points of packages, which only call a function:
 * those of distlib in pip 19 to 26 and virtualenv 20 and 21, and those of uv.
 */
final class ConsoleScript {
  private static final int MAX_TEXT = 1 << 12;
  private static final int MAX_ENTRY_POINTS = 1 << 18;

  /** sh starts the interpreter if its path is long or has spaces. */
  private static final String FIRST_LINES =
      "#!(?:(?<direct>/\\S+)|/bin/sh\\R'''exec' ['\"]?(?<byShell>/[^'\"\\r"
          + "\\n"
          + "]+?)['\"]? \"\\$0\" \"\\$@\"\\R' ''')\\R";

  private static final String SUFFIX_REMOVAL =
      "(?: {4}sys\\.argv\\[0\\] = re\\.sub\\(r'\\(-script\\\\\\.pyw\\??\\|\\\\\\.exe\\)\\?\\$', '',"
          + " sys\\.argv\\[0\\]\\)\\R|(?: {4}(?:el)?if"
          + " sys\\.argv\\[0\\]\\.endswith\\(['\"](?:-script\\.pyw?|\\.exe)['\"]\\):\\R"
          + " {8}sys\\.argv\\[0\\] = sys\\.argv\\[0\\]\\[:-(?:4|10|11)\\]\\R){1,2})";

  private static final Pattern TEXT =
      Pattern.compile(
          FIRST_LINES
              + "(?:# -\\*- coding: utf-8 -\\*-\\R)?"
              + "(?:import (?:re|sys)\\R){1,2}"
              + "from (?<module>[\\w.]+) import (?<name>\\w+)\\R"
              + "if __name__ == ['\"]__main__['\"]:\\R"
              + SUFFIX_REMOVAL
              + " {4}sys\\.exit\\((?<call>\\k<name>(?:\\.\\w+)*)\\(\\)\\)\\R?");

  private ConsoleScript() {}

  /**
   * Whether a file is exactly such a script, for the interpreter beside it and an entry point of
   * the package that recorded it.
   *
   * @param metadata the {@code *.dist-info} of the package
   */
  static boolean isConsoleScript(Entry file, Entry metadata) {
    return file.size() < MAX_TEXT
        && file.text(MAX_TEXT)
            .map(TEXT::matcher)
            .filter(Matcher::matches)
            .filter(script -> isBeside(file, interpreter(script)))
            .filter(script -> hasEntryPoint(metadata, script))
            .isPresent();
  }

  private static String interpreter(Matcher script) {
    return Optional.ofNullable(script.group("direct")).orElseGet(() -> script.group("byShell"));
  }

  private static boolean isBeside(Entry script, String interpreter) {
    int slash = interpreter.lastIndexOf('/');
    return script
        .parent()
        .filter(bin -> bin.path().toString().equals(interpreter.substring(0, slash)))
        .flatMap(bin -> bin.child(interpreter.substring(slash + 1)))
        .isPresent();
  }

  /** {@code name = module:function [extra]}; "Entry points specification" of Python packaging. */
  private static boolean hasEntryPoint(Entry metadata, Matcher script) {
    String entryPoint = script.group("module") + ":" + script.group("call");
    return metadata.child("entry_points.txt").stream()
        .flatMap(points -> points.text(MAX_ENTRY_POINTS).stream())
        .flatMap(String::lines)
        .map(line -> line.substring(line.indexOf('=') + 1).replaceAll("\\s|\\[.*", ""))
        .anyMatch(entryPoint::equals);
  }
}
