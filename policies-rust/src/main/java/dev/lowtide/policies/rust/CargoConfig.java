package dev.lowtide.policies.rust;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.rust.cargohome.CargoHome;
import dev.lowtide.policy.TomlBounds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tomlj.Toml;
import org.tomlj.TomlInvalidTypeException;
import org.tomlj.TomlParseResult;

/**
 * The configuration files that cargo reads in a directory: {@code .cargo/config.toml} there and in
 * every directory above, then the one of the cargo home; the first that has a value wins
 * ("Hierarchical structure" in the Cargo book, 1.95). Variables go before all of them.
 */
final class CargoConfig {
  private final HostEnvironment host;
  private final List<File> files = new ArrayList<>();

  private record File(Path path, TomlParseResult content) {}

  /**
   * A value, and the file or variable in which it stands.
   *
   * @param text as it stands there
   */
  record Value(String text, String where) {}

  private CargoConfig(HostEnvironment host) {
    this.host = host;
  }

  /** What holds in a directory. */
  static CargoConfig in(Path directory, HostEnvironment host) {
    CargoConfig config = new CargoConfig(host);
    for (Path above = directory; above != null; above = above.getParent()) {
      config.read(above.resolve(".cargo"));
    }
    config.read(CargoHome.of(host));
    return config;
  }

  /** The name without an ending, from before cargo 1.39, goes first where both are there. */
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
   * A value.
   *
   * @param key as cargo writes it, such as {@code build.target-dir}
   * @param variables that go before the files, the first one first
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

  /** A variable that cargo sets for what it runs, unless it is set already: {@code [env]}. */
  Optional<Value> environment(String variable) {
    return host.variable(variable)
        .map(text -> new Value(text, variable))
        .or(() -> inFiles("env." + variable + ".value"))
        .or(() -> inFiles("env." + variable));
  }

  private Optional<Value> inFiles(String key) {
    for (File file : files) {
      Object value;
      try {
        value = file.content().get(key);
      } catch (TomlInvalidTypeException e) {
        continue; // on the way to it stands something else than a table
      }
      if (value instanceof String || value instanceof Boolean || value instanceof Long) {
        return Optional.of(new Value(value.toString(), file.path().toString()));
      }
    }
    return Optional.empty();
  }
}
