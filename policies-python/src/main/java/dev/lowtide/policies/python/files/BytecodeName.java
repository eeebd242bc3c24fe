package dev.lowtide.policies.python.files;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of files that contain bytecode, and the names of the sources that they come from. */
public final class BytecodeName {
  private static final Pattern PYC_OR_PYO = Pattern.compile("(.+\\.py)[co]");

  /**
   * The name of the module, the interpreter's tag (PEP 3147), pytest's tag if it rewrote asserts,
   * the optimization level (PEP 488), and a number while the file is being written.
   */
  private static final Pattern WITH_CACHE_TAG =
      Pattern.compile(
          "(.+?)\\.[a-z]+-?[0-9]{2,3}[a-z]*(-pytest-[0-9a-z.+-]+?)?(\\.opt-[12])?\\.py[co]"
              + "(\\.[0-9]{2,})?");

  /** What numba 0.40 to 0.67 compiles for a function: an index and the code. */
  private static final Pattern NUMBA_CACHE =
      Pattern.compile("([^.]+)\\..+-[0-9]+\\.py[0-9]+[a-z]*\\.(nbi|[0-9]+\\.nbc)");

  private BytecodeName() {}

  /**
   * The name of the source from which a file was compiled; empty if the name is not one of
   * bytecode.
   */
  public static Optional<String> source(String name) {
    if (!isLikely(name)) {
      return Optional.empty();
    }
    for (Pattern pattern : List.of(WITH_CACHE_TAG, NUMBA_CACHE)) {
      Matcher matcher = pattern.matcher(name);
      if (matcher.matches()) {
        return Optional.of(matcher.group(1) + ".py");
      }
    }
    return isBesideSource(name)
        ? Optional.of(name.substring(0, name.length() - 1))
        : Optional.empty();
  }

  /** Quickly excludes most other files. */
  private static boolean isLikely(String name) {
    return name.contains(".py") && !name.endsWith(".py") && name.length() > 4;
  }

  /** Whether a name is that of Python 2's bytecode, which is beside its source: {@code a.pyc}. */
  public static boolean isBesideSource(String name) {
    return isPycOrPyo(name) && !WITH_CACHE_TAG.matcher(name).matches();
  }

  /** Whether a name ends with {@code .pyc} or {@code .pyo}. */
  public static boolean isPycOrPyo(String name) {
    return PYC_OR_PYO.matcher(name).matches();
  }
}
