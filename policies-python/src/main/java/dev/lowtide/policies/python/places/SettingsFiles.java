package dev.lowtide.policies.python.places;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.shared.TomlBounds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds out where tools keep their caches, from the configuration files of the user and of the
 * machine; needed if the tools cannot be asked. Files of projects are not read, because other
 * builds do not share what they name.
 */
public final class SettingsFiles {
  private static final Pattern SECTION = Pattern.compile("\\[([^]]+)].*");
  private static final Pattern OPTION = Pattern.compile("([^\\s#;][^=:]*?)\\s*[=:]\\s*(.*)");
  private static final Pattern PACKAGE_DIRECTORIES =
      Pattern.compile("pkgs_dirs:\\s*(?:\\[(.*)])?\\s*(?:#.*)?");
  private static final Pattern LIST_ITEM = Pattern.compile("\\s*-\\s+(.*)");

  private SettingsFiles() {}

  /**
   * {@code cache-dir} of pip's section {@code global}, in the order of {@code
   * pip/_internal/configuration.py}, pip 23 to 26. pip also reads a file in its own environment,
   * which is unknown here.
   */
  static List<Path> pipCache(HostEnvironment host) {
    return pipFiles(host).stream()
        .flatMap(file -> host.configuration(file).stream())
        .flatMap(text -> pipOption(text, "cache-dir").stream())
        .flatMap(value -> expanded(value, host).stream())
        .limit(1)
        .toList();
  }

  /** The files in the order of their precedence. */
  private static List<Path> pipFiles(HostEnvironment host) {
    boolean windows = host.operatingSystem() == OperatingSystem.WINDOWS;
    String name = windows ? "pip.ini" : "pip.conf";
    Optional<String> fromVariable = host.variable("PIP_CONFIG_FILE");
    if (fromVariable.filter(file -> file.equals(windows ? "nul" : "/dev/null")).isPresent()) {
      return List.of(); // os.devnull means that pip reads no files
    }
    List<Path> files = new ArrayList<>();
    fromVariable.flatMap(file -> Places.path(file, host)).ifPresent(files::add);
    // A file that the variable names and that exists replaces the user's files
    if (files.stream().allMatch(file -> host.configuration(file).isEmpty())) {
      Path home = host.home();
      files.add(host.configHome().resolve("pip").resolve(name));
      if (host.operatingSystem() == OperatingSystem.MACOS) {
        files.add(home.resolve(".config").resolve("pip").resolve(name));
      }
      files.add(home.resolve(windows ? "pip" : ".pip").resolve(name));
    }
    switch (host.operatingSystem()) {
      case LINUX -> {
        files.add(host.path("/etc", name));
        List<Path> machine = new ArrayList<>(xdgConfigDirectories(host));
        Collections.reverse(machine); // in pip, a later file overrides an earlier one
        machine.forEach(directory -> files.add(directory.resolve("pip").resolve(name)));
      }
      case MACOS -> files.add(host.path("/Library", "Application Support", "pip", name));
      case WINDOWS -> files.add(programData(host).resolve("pip").resolve(name));
    }
    return files;
  }

  /**
   * Reads an option as Python's configparser does; pip accepts names in any case and with
   * underscores.
   */
  private static Optional<String> pipOption(String text, String wanted) {
    Optional<String> value = Optional.empty();
    String section = "";
    for (String line : text.lines().toList()) {
      Matcher header = SECTION.matcher(line);
      Matcher option = OPTION.matcher(line);
      if (header.matches()) {
        section = header.group(1);
      } else if (section.equals("global")
          && option.matches()
          && option.group(1).toLowerCase(Locale.ROOT).replace('_', '-').equals(wanted)) {
        value = Optional.of(option.group(2).strip());
      }
    }
    return value;
  }

  /**
   * {@code cache-dir} of uv.toml, as the chapter "Configuration files" in the documentation of uv
   * 0.8 describes it. uv reads the first machine file that exists.
   */
  static List<Path> uvCache(HostEnvironment host) {
    return host.variable("UV_NO_CONFIG").isPresent()
        ? List.of()
        : cacheDirectory(uvFiles(host).stream(), host);
  }

  /**
   * The file that tells uv to create symbolic links from environments into its cache, if there is
   * one. {@code UV_NO_CONFIG} does not matter here: it may not have been set when uv created the
   * links.
   */
  public static Optional<Path> fileWithUvSymlinkMode(HostEnvironment host) {
    return uvFiles(host).stream()
        .filter(
            file ->
                host.configuration(file).stream()
                    .flatMap(
                        text ->
                            Stream.of("link-mode", "pip.link-mode")
                                .flatMap(key -> TomlBounds.value(text, key, String.class).stream()))
                    .anyMatch("symlink"::equals))
        .findFirst();
  }

  private static List<Path> uvFiles(HostEnvironment host) {
    Optional<Path> only = host.variable("UV_CONFIG_FILE").flatMap(file -> Places.path(file, host));
    if (only.isPresent()) {
      return List.of(only.get());
    }
    Stream<Path> machine;
    Path user;
    if (host.operatingSystem() == OperatingSystem.WINDOWS) {
      user = host.configHome();
      machine = Stream.of(programData(host));
    } else {
      user = host.directory("XDG_CONFIG_HOME").orElse(host.home().resolve(".config"));
      machine = Stream.concat(xdgConfigDirectories(host).stream(), Stream.of(host.path("/etc")));
    }
    return Stream.concat(
            Stream.of(uvFile(user)),
            machine
                .map(SettingsFiles::uvFile)
                .filter(file -> host.configuration(file).isPresent())
                .limit(1))
        .toList();
  }

  private static Path uvFile(Path directory) {
    return directory.resolve("uv").resolve("uv.toml");
  }

  /**
   * {@code cache-dir} of config.toml, in the directory that {@code poetry/locations.py} of Poetry 1
   * and 2 determines; on macOS, some versions kept config.toml elsewhere.
   */
  static List<Path> poetryCache(HostEnvironment host) {
    List<Path> directories = new ArrayList<>();
    Optional<Path> fromVariable = host.directory("POETRY_CONFIG_DIR");
    if (fromVariable.isPresent()) {
      directories.add(fromVariable.get());
    } else {
      directories.add(host.configHome().resolve("pypoetry"));
      if (host.operatingSystem() == OperatingSystem.MACOS) {
        directories.add(host.home().resolve("Library").resolve("Preferences").resolve("pypoetry"));
      }
    }
    return cacheDirectory(directories.stream().map(each -> each.resolve("config.toml")), host);
  }

  private static List<Path> cacheDirectory(Stream<Path> files, HostEnvironment host) {
    return files
        .flatMap(file -> host.configuration(file).stream())
        .flatMap(text -> TomlBounds.value(text, "cache-dir", String.class).stream())
        .flatMap(value -> expanded(value, host).stream())
        .limit(1)
        .toList();
  }

  /** {@code pkgs_dirs} of .condarc, in the order of {@code conda/base/constants.py}, conda 24. */
  static List<Path> condaPackages(HostEnvironment host) {
    Path home = host.home();
    List<Path> files = new ArrayList<>();
    host.directory("CONDARC").ifPresent(files::add);
    files.add(home.resolve(".condarc"));
    files.add(home.resolve(".conda").resolve("condarc"));
    files.add(home.resolve(".conda").resolve(".condarc"));
    files.add(host.configHome().resolve("conda").resolve("condarc"));
    files.add(host.configHome().resolve("conda").resolve(".condarc"));
    Path machine =
        host.operatingSystem() == OperatingSystem.WINDOWS ? programData(host) : host.path("/etc");
    files.add(machine.resolve("conda").resolve("condarc"));
    files.add(machine.resolve("conda").resolve(".condarc"));
    return files.stream()
        .flatMap(file -> host.configuration(file).stream())
        .flatMap(text -> parsePackageDirectories(text, host).stream())
        .distinct()
        .toList();
  }

  /**
   * The YAML list {@code pkgs_dirs}, one item per line or in brackets; conda writes no other forms.
   */
  static List<Path> parsePackageDirectories(String yaml, HostEnvironment host) {
    List<String> values = new ArrayList<>();
    boolean inList = false;
    for (String line : yaml.lines().toList()) {
      Matcher list = PACKAGE_DIRECTORIES.matcher(line);
      Matcher item = LIST_ITEM.matcher(line);
      if (list.matches()) {
        inList = list.group(1) == null;
        if (!inList) {
          values.addAll(List.of(list.group(1).split(",")));
        }
      } else if (inList && item.matches()) {
        values.add(item.group(1));
      } else if (!line.isBlank() && !line.strip().startsWith("#")) {
        inList = false;
      }
    }
    return values.stream().flatMap(value -> expanded(unquoted(value), host).stream()).toList();
  }

  private static String unquoted(String scalar) {
    String value = scalar.replaceFirst("\\s#.*", "").strip();
    boolean quoted = value.length() > 1 && "'\"".indexOf(value.charAt(0)) >= 0;
    return quoted && value.endsWith(value.substring(0, 1))
        ? value.substring(1, value.length() - 1)
        : value;
  }

  /** The path that a value names, with {@code ~} as the home directory, as these tools read it. */
  private static Optional<Path> expanded(String value, HostEnvironment host) {
    return value.startsWith("~/") || value.startsWith("~\\")
        ? Places.path(value.substring(2), host).map(host.home()::resolve)
        : Places.path(value, host);
  }

  private static List<Path> xdgConfigDirectories(HostEnvironment host) {
    return Stream.of(host.variable("XDG_CONFIG_DIRS").orElse("/etc/xdg").split(":"))
        .flatMap(value -> Places.path(value, host).stream())
        .filter(Path::isAbsolute)
        .toList();
  }

  private static Path programData(HostEnvironment host) {
    return host.directory("PROGRAMDATA").orElse(host.path("C:\\ProgramData"));
  }
}
