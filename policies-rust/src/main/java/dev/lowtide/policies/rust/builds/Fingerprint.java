package dev.lowtide.policies.rust.builds;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Cargo's record of a unit, by which it later decides whether the unit is fresh. A unit is one
 * compilation of one crate, or one run of a build script.
 *
 * <p>Cargo 1.95 and 1.97 write it to {@code .fingerprint/PACKAGE-HASH/KIND-NAME.json}. Except for
 * the dependencies, the values are not interpreted, only compared.
 *
 * @param shape the settings, which do not depend on the versions of packages: target, profile,
 *     features, platform, configuration, compiler and flags
 * @param compiler a hash of the output of {@code rustc -vV}
 * @param path a hash of the path of the sources
 * @param dependencies what it was made from
 */
record Fingerprint(
    List<String> shape, String compiler, String path, List<Dependency> dependencies) {
  private static final int DEPENDENCY_NAME = 1;
  private static final int DEPENDENCY_HASH = 3;

  /**
   * What a unit was made from.
   *
   * @param crate its name in the code of the unit, with underscores
   * @param content the content that its hash file had when the unit was compiled
   */
  record Dependency(String crate, String content) {}

  Fingerprint {
    shape = List.copyOf(shape);
    dependencies = List.copyOf(dependencies);
  }

  /** Parses a record; empty if any part has an unknown form. */
  static Optional<Fingerprint> parse(String json) {
    try {
      JsonObject all = JsonParser.parseString(json).getAsJsonObject();
      List<String> shape = new ArrayList<>();
      for (String field :
          List.of("target", "profile", "features", "compile_kind", "config", "rustc")) {
        shape.add(all.get(field).getAsString());
      }
      shape.add(all.getAsJsonArray("rustflags").toString());
      List<Dependency> dependencies = new ArrayList<>();
      for (JsonElement each : all.getAsJsonArray("deps")) {
        JsonArray dependency = each.getAsJsonArray();
        dependencies.add(
            new Dependency(
                dependency.get(DEPENDENCY_NAME).getAsString(),
                hashFileContent(dependency.get(DEPENDENCY_HASH).getAsString())));
      }
      return Optional.of(
          new Fingerprint(
              shape, all.get("rustc").getAsString(), all.get("path").getAsString(), dependencies));
    } catch (JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | ClassCastException
        | UnsupportedOperationException
        | NullPointerException e) {
      return Optional.empty();
    }
  }

  /** The content of the hash file for a number: in hexadecimal, little-endian. */
  private static String hashFileContent(String unsigned) {
    return String.format(Locale.ROOT, "%016x", Long.reverseBytes(Long.parseUnsignedLong(unsigned)));
  }
}
