package dev.lowtide.policies.python.caches;

import dev.lowtide.Printable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The parsed settings of the policies for caches.
 *
 * @param pruneForCi whether {@code uv cache prune} gets {@code --ci}: it then also removes what uv
 *     can download as quickly as it could read it from the cache
 * @param uvClean packages that uv removes from its cache completely
 * @param removeWithoutUv whether archives of uv are removed if uv is not installed
 */
public record CacheSettings(boolean pruneForCi, List<String> uvClean, boolean removeWithoutUv) {
  /** The settings that apply if nothing is set. */
  public static final CacheSettings DEFAULTS = new CacheSettings(false, List.of(), false);

  private static final String PRUNE = "uv-cache.prune";
  private static final String CLEAN = "uv-cache.clean";
  private static final String WITHOUT_UV = "uv-cache.without-uv";

  /**
   * "Names and normalization" of the packaging specifications. Such a name cannot be an option of
   * uv.
   */
  static final Pattern PACKAGE = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?");

  private static final Pattern SEPARATOR = Pattern.compile(",");

  /** The names of the settings that {@link #parse} reads. */
  public static Set<String> names() {
    return Set.of(PRUNE, CLEAN, WITHOUT_UV);
  }

  /**
   * Parses the settings in {@link #names()} and ignores all others.
   *
   * @throws IllegalArgumentException if a value is invalid; the message is for the user
   */
  public static CacheSettings parse(Map<String, String> settings) {
    List<String> packages =
        SEPARATOR
            .splitAsStream(settings.getOrDefault(CLEAN, ""))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
    for (String name : packages) {
      if (!PACKAGE.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "The setting "
                + CLEAN
                + " names packages, separated by commas, but '"
                + Printable.of(name)
                + "' is not a package name");
      }
    }
    return new CacheSettings(
        isAlternative(settings, PRUNE, "usual", "ci"),
        packages,
        isAlternative(settings, WITHOUT_UV, "keep", "remove"));
  }

  private static boolean isAlternative(
      Map<String, String> settings, String name, String defaultValue, String alternative) {
    String value = settings.getOrDefault(name, defaultValue);
    if (!value.equals(defaultValue) && !value.equals(alternative)) {
      throw new IllegalArgumentException(
          "The setting "
              + name
              + " is "
              + defaultValue
              + " or "
              + alternative
              + ", not '"
              + Printable.of(value)
              + "'");
    }
    return value.equals(alternative);
  }
}
