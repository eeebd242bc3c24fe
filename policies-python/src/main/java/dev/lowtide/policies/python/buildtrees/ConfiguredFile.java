package dev.lowtide.policies.python.buildtrees;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files that CMake and Meson make of templates among the sources, with values filled in: {@code
 * config.h} of {@code config.h.in}, {@code config.in.h}, {@code config.h.cmake}.
 */
final class ConfiguredFile {
  private static final Pattern TEMPLATE =
      Pattern.compile(
          "(?:.*/)?([^/]+?)\\.(?:cmake\\.?)?in(\\.[^./]+)?|(?:.*/)?([^/]+\\.h)\\.cmake");

  private ConfiguredFile() {}

  /** The name of what is made of a file that a build system reads, if that is a template. */
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
