package dev.lowtide.policies.rust.builds;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What cargo wrote down about a unit, to tell later whether it is fresh: one compilation of one
 * crate, or one run of a build script.
 *
 * <p>As cargo 1.95 and 1.97 write it, in {@code .fingerprint/PACKAGE-HASH/KIND-NAME.json}. All
 * values but the dependencies are compared and never understood.
 *
 * @param shape what two compilations of the same thing have in common, whatever the versions of the
 *     packages: target, profile, features, the platform compiled for, configuration, flags and
 *     compiler
 * @param compiler what stands for the compiler, a hash of what {@code rustc -vV} printed
 * @param path what stands for the path of the sources
 * @param dependencies what the hash files of the dependencies contained
 */
record Fingerprint(List<String> shape, String compiler, String path, List<String> dependencies) {
  private static final int DEPENDENCY_HASH = 3;

  Fingerprint {
    shape = List.copyOf(shape);
    dependencies = List.copyOf(dependencies);
  }

  /** Empty if it is not understood in every part. */
  static Optional<Fingerprint> parse(String json) {
    try {
      JsonObject all = JsonParser.parseString(json).getAsJsonObject();
      List<String> shape = new ArrayList<>();
      for (String field :
          List.of("target", "profile", "features", "compile_kind", "config", "rustc")) {
        shape.add(all.get(field).getAsString());
      }
      shape.add(all.getAsJsonArray("rustflags").toString());
      List<String> dependencies = new ArrayList<>();
      for (JsonElement dependency : all.getAsJsonArray("deps")) {
        dependencies.add(
            hashFileContent(dependency.getAsJsonArray().get(DEPENDENCY_HASH).getAsString()));
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

  /** Cargo writes the bytes of the number into the hash file, the lowest first. */
  private static String hashFileContent(String unsigned) {
    return String.format(Locale.ROOT, "%016x", Long.reverseBytes(Long.parseUnsignedLong(unsigned)));
  }
}
