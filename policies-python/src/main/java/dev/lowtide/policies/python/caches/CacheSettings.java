package dev.lowtide.policies.python.caches;

import dev.lowtide.Printable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The settings of the policies for caches, understood.
 *
 * @param pruneForCi whether uv also prunes what is quicker to download again than to keep
 * @param uvClean packages of which uv removes everything
 * @param removeWithoutUv whether archives of uv may go where uv is not there
 */
public record CacheSettings(boolean pruneForCi, List<String> uvClean, boolean removeWithoutUv) {
  /** What holds where nothing is set. */
  public static final CacheSettings USUAL = new CacheSettings(false, List.of(), false);

  private static final String PRUNE = "uv-cache.prune";
  private static final String CLEAN = "uv-cache.clean";
  private static final String WITHOUT_UV = "uv-cache.without-uv";

  /** "Names and normalization" of the packaging specifications; so none is an option of uv. */
  static final Pattern PACKAGE = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?");

  private static final Pattern SEPARATOR = Pattern.compile(",");

  /** Those that are understood here. */
  public static Set<String> names() {
    return Set.of(PRUNE, CLEAN, WITHOUT_UV);
  }

  /**
   * Reads those that are understood here, and passes over others.
   *
   * @throws IllegalArgumentException if one makes no sense, with a sentence for the user
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
                + " names packages, separated by commas, and '"
                + Printable.of(name)
                + "' is none");
      }
    }
    return new CacheSettings(
        isSecond(settings, PRUNE, "usual", "ci"),
        packages,
        isSecond(settings, WITHOUT_UV, "keep", "remove"));
  }

  private static boolean isSecond(
      Map<String, String> settings, String name, String usual, String other) {
    String value = settings.getOrDefault(name, usual);
    if (!value.equals(usual) && !value.equals(other)) {
      throw new IllegalArgumentException(
          "The setting "
              + name
              + " is "
              + usual
              + " or "
              + other
              + ", not '"
              + Printable.of(value)
              + "'");
    }
    return value.equals(other);
  }
}
