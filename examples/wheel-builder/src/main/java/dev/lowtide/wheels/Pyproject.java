package dev.lowtide.wheels;

import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.UsageException;
import dev.lowtide.fs.OutputFile;
import dev.lowtide.shared.TomlBounds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;

/**
 * The static name and version of a {@code pyproject.toml} ("Declaring project metadata", PyPA
 * specifications). They are changed in place, so comments and order remain.
 */
record Pyproject(HostEnvironment host, Path file, Optional<String> name, Optional<String> version) {

  /**
   * Reads a project's file.
   *
   * @param host the machine and the user
   * @param directory a checkout, which is removed after the build
   * @param source what it is a checkout of, for messages
   * @throws UsageException if the directory is no Python project, or the file is not TOML
   */
  static Pyproject in(HostEnvironment host, Path directory, String source) {
    Path file = directory.resolve("pyproject.toml");
    if (!Files.isRegularFile(file)) {
      if (Files.isRegularFile(directory.resolve("setup.py"))) {
        return new Pyproject(host, file, Optional.empty(), Optional.empty());
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
    return new Pyproject(
        host,
        file,
        Optional.ofNullable(toml.getString("project.name")),
        Optional.ofNullable(toml.getString("project.version")));
  }

  /**
   * Changes the name or the version.
   *
   * @param key {@code name} or {@code version}, which must be static
   */
  void set(String key, String value) throws IOException {
    String text =
        host.configuration(file)
            .orElseThrow(() -> new IOException(file + " cannot be read any more"));
    List<String> lines = new ArrayList<>(text.lines().toList());
    TomlPosition position = Toml.parse(text).inputPositionOf("project." + key);
    if (position == null) {
      throw new IOException(file + " has no static project." + key);
    }
    String line = lines.get(position.line() - 1);
    Matcher assignment =
        Pattern.compile("(" + key + "[\"']?\\s*=\\s*)(\"[^\"]*\"|'[^']*')")
            .matcher(line)
            .region(position.column() - 1, line.length());
    if (!assignment.find()) {
      throw new IOException(file + ", line " + position.line() + ": no string for " + key);
    }
    lines.set(
        position.line() - 1,
        line.substring(0, assignment.end(1))
            + '"'
            + value
            + '"'
            + line.substring(assignment.end()));
    byte[] changed = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    OutputFile.write(file, out -> out.write(changed));
  }
}
