package dev.lowtide.wheels;

import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.UsageException;
import dev.lowtide.shared.TomlBounds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * Reads the name of a Python project from its {@code pyproject.toml} (PyPA specifications). It runs
 * no build.
 */
final class Project {
  private Project() {}

  /**
   * The name that a project declares; empty if only its build knows the name.
   *
   * @param directory a checkout
   * @param source what it is a checkout of, for messages
   * @throws UsageException if the directory is no Python project, or its file cannot be read or is
   *     not TOML
   */
  static Optional<String> name(HostEnvironment host, Path directory, String source) {
    Path file = directory.resolve("pyproject.toml");
    if (!Files.isRegularFile(file)) {
      if (Files.isRegularFile(directory.resolve("setup.py"))) {
        return Optional.empty();
      }
      throw new UsageException("The " + source + " has neither a pyproject.toml nor a setup.py");
    }
    String text =
        host.configuration(file)
            .filter(TomlBounds::hold)
            .orElseThrow(
                () ->
                    new UsageException(
                        "The pyproject.toml of the "
                            + source
                            + " cannot be read: it is not UTF-8, too long, too deeply nested, or"
                            + " has hundreds of empty lines in a row"));
    TomlParseResult toml = Toml.parse(text);
    if (toml.hasErrors()) {
      throw new UsageException(
          "The pyproject.toml of the "
              + source
              + " is not TOML: "
              + toml.errors().get(0).toString());
    }
    return toml.get("project") instanceof TomlTable project
            && project.get("name") instanceof String name
        ? Optional.of(name)
        : Optional.empty();
  }
}
