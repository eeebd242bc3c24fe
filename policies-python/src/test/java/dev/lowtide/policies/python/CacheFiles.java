package dev.lowtide.policies.python;

import com.google.common.base.Strings;

/** Paths as pip and Poetry name what they cache, of hashes that begin in a given way. */
public final class CacheFiles {
  private CacheFiles() {}

  /** Such as {@code http-v2/a/b/c/d/e/abcde000…}. */
  public static String response(String directory, String start) {
    String hash = Strings.padEnd(start, 56, '0');
    return directory + "/" + String.join("/", hash.substring(0, 5).split("")) + "/" + hash;
  }

  /** The directory of the wheels of one source, such as {@code wheels/ab/cd/ef/000…}. */
  public static String wheels(String start) {
    return "wheels/" + parts(Strings.padEnd(start, 56, '0'));
  }

  /** The directory of one distribution, such as {@code artifacts/ab/cd/ef/000…}. */
  public static String artifacts(String start) {
    return "artifacts/" + parts(Strings.padEnd(start, 64, '0'));
  }

  private static String parts(String hash) {
    return String.join(
        "/", hash.substring(0, 2), hash.substring(2, 4), hash.substring(4, 6), hash.substring(6));
  }
}
