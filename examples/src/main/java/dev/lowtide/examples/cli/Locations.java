package dev.lowtide.examples.cli;

import dev.lowtide.CleanupTarget;
import dev.lowtide.examples.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option that names the places to measure. */
final class Locations {
  @Option(
      names = "--location",
      paramLabel = "NAME=PATH",
      description =
          "A place to measure; repeatable. If none is given: the working directory, the caches"
              + " that policies find, and the temporary directory.")
  private Map<String, Path> given = new LinkedHashMap<>();

  /** The places that were named, or none. */
  Map<String, Path> given(Session session) {
    Map<String, Path> checked = new LinkedHashMap<>();
    for (Map.Entry<String, Path> location : given.entrySet()) {
      if (location.getKey().isBlank()) {
        throw new UsageException(
            "--location is to be NAME=PATH, for example --location cache=/var/cache/build");
      }
      try {
        checked.put(location.getKey(), Inputs.root(session.host(), location.getValue()));
      } catch (IllegalArgumentException e) {
        throw new UsageException(e);
      }
    }
    return checked;
  }

  /** The places that were named, or those that builds usually fill. */
  Map<String, Path> orUsual(Session session) throws IOException {
    Map<String, Path> named = given(session);
    if (!named.isEmpty()) {
      return named;
    }
    Map<String, Path> usual = new LinkedHashMap<>();
    usual.put("workspace", session.host().workingDirectory());
    for (CleanupTarget place : Selection.discover(session.host(), session.providers().get())) {
      if (place.kind() == CleanupTarget.Kind.CACHE) {
        usual.put(place.id(), place.root());
      }
    }
    Path temporary = session.host().temporaryDirectory();
    usual.put("temp", Files.exists(temporary) ? temporary.toRealPath() : temporary);
    return usual;
  }
}
