package dev.lowtide.policies.rust;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.rust.cargohome.CargoHome;
import dev.lowtide.shared.TomlBounds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tomlj.Toml;
import org.tomlj.TomlInvalidTypeException;
import org.tomlj.TomlParseResult;

/**
 * The configuration of cargo in a directory: {@code .cargo/config.toml} there and in every
 * directory above, then the file in cargo's home. The first file with a value wins ("Hierarchical
 * structure" in the Cargo book, 1.95). Variables take precedence over all files.
 */
final class CargoConfig {
  private final HostEnvironment host;
  private final List<File> files = new ArrayList<>();

  private record File(Path path, TomlParseResult content) {}

  /**
   * A value, and the file or variable that contains it.
   *
   * @param text the value as written
   */
  record Value(String text, String where) {}

  private CargoConfig(HostEnvironment host) {
    this.host = host;
  }

  /** Reads the configuration of a directory. */
  static CargoConfig in(Path directory, HostEnvironment host) {
    CargoConfig config = new CargoConfig(host);
    for (Path above = directory; above != null; above = above.getParent()) {
      config.read(above.resolve(".cargo"));
    }
    config.read(CargoHome.of(host));
    return config;
  }

  /** Reads one file; {@code config}, the name before cargo 1.39, takes precedence if both exist. */
  private void read(Path directory) {
    for (String name : List.of("config", "config.toml")) {
      Path file = directory.resolve(name);
      Optional<String> text = host.configuration(file).filter(TomlBounds::hold);
      if (text.isPresent()) {
        if (files.stream().noneMatch(each -> each.path().equals(file))) {
          files.add(new File(file, Toml.parse(text.get())));
        }
        return;
      }
    }
  }

  /**
   * The value of a key.
   *
   * @param key as cargo writes it, such as {@code build.target-dir}
   * @param variables that take precedence over the files, the first one first
   */
  Optional<Value> value(String key, String... variables) {
    for (String variable : variables) {
      Optional<String> value = host.variable(variable);
      if (value.isPresent()) {
        return value.map(text -> new Value(text, variable));
      }
    }
    return inFiles(key);
  }

  /**
   * A variable that cargo sets for the programs that it runs, unless it is already set: {@code
   * [env]}. With {@code relative = true} the value is a path relative to the directory that
   * contains {@code .cargo}.
   */
  Optional<Value> environment(String variable) {
    return host.variable(variable)
        .map(text -> new Value(text, variable))
        .or(() -> inFiles("env." + variable + ".value").map(value -> resolved(variable, value)))
        .or(() -> inFiles("env." + variable));
  }

  private Value resolved(String variable, Value value) {
    boolean isRelative =
        inFiles("env." + variable + ".relative")
            .filter(relative -> relative.where().equals(value.where()))
            .filter(relative -> relative.text().equals("true"))
            .isPresent();
    if (!isRelative) {
      return value;
    }
    Path path = host.path(value.where()).resolve("../..").resolve(value.text());
    try {
      return new Value(path.toRealPath().toString(), value.where());
    } catch (IOException e) {
      return new Value(path.normalize().toString(), value.where()); // it is not there yet
    }
  }

  private Optional<Value> inFiles(String key) {
    for (File file : files) {
      Object value;
      try {
        value = file.content().get(key);
      } catch (TomlInvalidTypeException e) {
        continue; // a parent of the key is no table
      }
      if (value instanceof String || value instanceof Boolean || value instanceof Long) {
        return Optional.of(new Value(value.toString(), file.path().toString()));
      }
    }
    return Optional.empty();
  }
}
