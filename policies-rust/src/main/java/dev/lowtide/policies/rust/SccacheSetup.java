package dev.lowtide.policies.rust;

import com.google.common.math.LongMath;
import dev.lowtide.ByteSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.shared.TomlBounds;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tomlj.Toml;
import org.tomlj.TomlInvalidTypeException;
import org.tomlj.TomlParseResult;

/**
 * The directory and the size limit that a server of sccache would use if it started now in this
 * environment.
 *
 * <p>Observed with sccache 0.4: if one of the variables is set and valid, all of {@code
 * [cache.disk]} in the configuration file is ignored, directory and size. An invalid size counts as
 * not set.
 *
 * @param directory the directory of the cache
 * @param cap the size limit
 * @param ignored a configured size without effect
 */
record SccacheSetup(Path directory, ByteSize cap, Optional<Ignored> ignored) {
  static final String SIZE_VARIABLE = "SCCACHE_CACHE_SIZE";
  static final String DIRECTORY_VARIABLE = "SCCACHE_DIR";

  /** The default, from the section "Local" of the documentation of sccache 0.4 and 0.17. */
  static final ByteSize DEFAULT_CAP = new ByteSize(10L << 30);

  /** The units for 1024, 1024² and so on. */
  private static final String LETTERS = "KMGT";

  /** The sizes that all versions accept; they reject {@code 10GB} and {@code 3.5G}. */
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,15})([" + LETTERS + "])");

  /** A number of bytes, which sccache accepts from 0.10 on. */
  private static final Pattern BYTES = Pattern.compile("[0-9]{1,18}");

  private static final Pattern VERSIONS_WITHOUT_BYTES =
      Pattern.compile("sccache 0\\.[0-9](\\..*)?");

  /**
   * A size without effect.
   *
   * @param where the variable or the file that contains it
   * @param value the size as written
   * @param why the reason that it has no effect, as a clause
   * @param remedy what to write instead
   */
  record Ignored(String where, String value, String why, String remedy) {}

  /** The setup of a server that starts in this environment. */
  static SccacheSetup of(HostEnvironment host) {
    return of(host, host.variable(SIZE_VARIABLE), SIZE_VARIABLE);
  }

  /**
   * The setup with a size that may be set outside this environment, such as in cargo's {@code
   * [env]}.
   *
   * @param sizeWhere the variable, or the file that sets it
   */
  static SccacheSetup of(HostEnvironment host, Optional<String> size, String sizeWhere) {
    Optional<Path> directory = host.directory(DIRECTORY_VARIABLE);
    Optional<ByteSize> cap = size.flatMap(text -> parse(text).or(() -> bytes(text, host)));
    Optional<Ignored> ignored =
        size.filter(text -> cap.isEmpty())
            .map(
                text ->
                    new Ignored(
                        sizeWhere,
                        text,
                        "sccache understands only a whole number followed by K, M, G or T",
                        "Set it to " + acceptedSize(text) + "."));
    Path file = file(host);
    Optional<TomlParseResult> toml =
        host.configuration(file).filter(TomlBounds::hold).map(Toml::parse);
    Optional<ByteSize> fileCap =
        toml.flatMap(each -> value(each, "cache.disk.size", Long.class))
            .filter(bytes -> bytes >= 0)
            .map(ByteSize::new);
    if (directory.isPresent() || cap.isPresent()) {
      if (cap.isEmpty() && fileCap.isPresent() && ignored.isEmpty()) {
        ignored =
            fileCap.map(
                bytes ->
                    new Ignored(
                        file.toString(),
                        Long.toString(bytes.bytes()),
                        DIRECTORY_VARIABLE + " is set, so [cache.disk] in the file has no effect",
                        "Set "
                            + SIZE_VARIABLE
                            + " too, or set the directory in the file instead."));
      }
      return new SccacheSetup(
          directory.orElse(defaultDirectory(host)), cap.orElse(DEFAULT_CAP), ignored);
    }
    Optional<Path> fileDirectory =
        toml.flatMap(each -> value(each, "cache.disk.dir", String.class))
            .flatMap(each -> absolute(host, each));
    return new SccacheSetup(
        fileDirectory.orElse(defaultDirectory(host)), fileCap.orElse(DEFAULT_CAP), ignored);
  }

  /** The value at a key; empty if it has another type or a parent is no table. */
  private static <T> Optional<T> value(TomlParseResult toml, String key, Class<T> type) {
    try {
      return Optional.ofNullable(toml.get(key)).filter(type::isInstance).map(type::cast);
    } catch (TomlInvalidTypeException e) {
      return Optional.empty();
    }
  }

  /** Parses a size of sccache; saturates if it is too large. */
  static Optional<ByteSize> parse(String size) {
    Matcher matcher = SIZE.matcher(size);
    return matcher.matches()
        ? Optional.of(
            new ByteSize(
                LongMath.saturatedMultiply(
                    Long.parseLong(matcher.group(1)), unit(matcher.group(2)))))
        : Optional.empty();
  }

  /** Parses a number of bytes; empty if the installed sccache ignores it. */
  private static Optional<ByteSize> bytes(String size, HostEnvironment host) {
    return BYTES.matcher(size).matches()
            && host.ask(SccacheCache.EXECUTABLE, "--version")
                .filter(version -> VERSIONS_WITHOUT_BYTES.matcher(version.strip()).matches())
                .isEmpty()
        ? Optional.of(new ByteSize(Long.parseLong(size)))
        : Optional.empty();
  }

  private static long unit(String letter) {
    return 1L << (10 * (LETTERS.indexOf(letter) + 1));
  }

  /**
   * A size that sccache accepts, at most an eighth below what was probably meant, as a part of a
   * sentence.
   */
  private static String acceptedSize(String size) {
    ByteSize meant;
    try {
      meant = ByteSize.parse(size);
    } catch (IllegalArgumentException e) {
      return "a size such as 10G";
    }
    for (String unit : new String[] {"G", "M"}) {
      long units = meant.bytes() / unit(unit);
      if (units >= 8) { // so that rounding down loses an eighth at most
        return units + unit;
      }
    }
    return Math.max(1, meant.bytes() >> 10) + "K";
  }

  private static Optional<Path> absolute(HostEnvironment host, String text) {
    try {
      return Optional.of(host.path(text)).filter(Path::isAbsolute);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** From the sections "Local" and "Configuration" of the documentation of sccache 0.17. */
  private static Path defaultDirectory(HostEnvironment host) {
    return switch (host.operatingSystem()) {
      case LINUX -> host.cacheHome().resolve("sccache");
      case MACOS -> host.cacheHome().resolve("Mozilla.sccache");
      case WINDOWS -> host.cacheHome().resolve("Mozilla").resolve("sccache");
    };
  }

  private static Path file(HostEnvironment host) {
    Path settings = host.configHome();
    Path usual =
        switch (host.operatingSystem()) {
          case LINUX -> settings.resolve("sccache").resolve("config");
          case MACOS -> settings.resolve("Mozilla.sccache").resolve("config");
          case WINDOWS ->
              settings.resolve("Mozilla").resolve("sccache").resolve("config").resolve("config");
        };
    return host.directory("SCCACHE_CONF").orElse(usual);
  }
}
