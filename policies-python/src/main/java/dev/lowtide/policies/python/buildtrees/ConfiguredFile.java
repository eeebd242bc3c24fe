package dev.lowtide.policies.python.buildtrees;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of files that CMake and Meson configure from templates among the sources: {@code
 * config.h} from {@code config.h.in}, {@code config.in.h} or {@code config.h.cmake}.
 */
final class ConfiguredFile {
  private static final Pattern TEMPLATE =
      Pattern.compile(
          "(?:.*/)?([^/]+?)\\.(?:cmake\\.?)?in(\\.[^./]+)?|(?:.*/)?([^/]+\\.h)\\.cmake");

  private ConfiguredFile() {}

  /** The name of the file that is configured from a template; empty if the path is no template. */
  static Optional<String> of(String template) {
    Matcher matcher = TEMPLATE.matcher(template);
    if (!matcher.matches()) {
      return Optional.empty();
    } else if (matcher.group(3) != null) {
      return Optional.of(matcher.group(3));
    }
    String ending = matcher.group(2);
    return Optional.of(ending == null ? matcher.group(1) : matcher.group(1) + ending);
  }
}
