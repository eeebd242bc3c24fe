package dev.lowtide;

import dev.lowtide.HostEnvironment.OperatingSystem;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The directories where programs of a user keep their files: those of the XDG Base Directory
 * Specification 0.8 on Linux, and those of the platform's conventions elsewhere.
 */
final class BaseDirectories {
  private BaseDirectories() {}

  static Path cache(HostEnvironment host) {
    return switch (host.operatingSystem()) {
      case LINUX -> xdgCache(host);
      case MACOS -> host.home().resolve("Library").resolve("Caches");
      case WINDOWS ->
          host.directory("LOCALAPPDATA").orElse(host.home().resolve("AppData").resolve("Local"));
    };
  }

  static Path state(HostEnvironment host) {
    return switch (host.operatingSystem()) {
      case LINUX ->
          host.directory("XDG_STATE_HOME").orElse(host.home().resolve(".local").resolve("state"));
      case MACOS -> host.home().resolve("Library").resolve("Application Support");
      case WINDOWS -> cache(host);
    };
  }

  static Path config(HostEnvironment host) {
    return switch (host.operatingSystem()) {
      case LINUX -> host.directory("XDG_CONFIG_HOME").orElse(host.home().resolve(".config"));
      case MACOS -> state(host);
      case WINDOWS ->
          host.directory("APPDATA").orElse(host.home().resolve("AppData").resolve("Roaming"));
    };
  }

  static Path data(HostEnvironment host) {
    return host.operatingSystem() == OperatingSystem.LINUX ? xdgData(host) : state(host);
  }

  static Path xdgCache(HostEnvironment host) {
    return host.directory("XDG_CACHE_HOME").orElse(host.home().resolve(".cache"));
  }

  static Path xdgData(HostEnvironment host) {
    return host.directory("XDG_DATA_HOME").orElse(host.home().resolve(".local").resolve("share"));
  }

  /** The path in the value of a variable, if it is absolute: relative paths are ignored. */
  static Optional<Path> absolute(String value, HostEnvironment host) {
    try {
      return Optional.of(host.path(value)).filter(Path::isAbsolute);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
