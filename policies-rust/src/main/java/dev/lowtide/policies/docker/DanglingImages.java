package dev.lowtide.policies.docker;

import com.google.common.primitives.Longs;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The images of an engine that have no name. Removes nothing that has a name, and nothing that a
 * kept container uses.
 */
final class DanglingImages {
  /** An image without a name that is old enough. */
  private record Image(String id, Instant lastNamed, long uniqueBytes, String containers) {}

  private final DockerEngine engine;
  private final List<JsonObject> usage;
  private final Map<String, List<String>> layers = new HashMap<>();

  private DanglingImages(DockerEngine engine) {
    this.engine = engine;
    usage = engine.usage("Images");
    List<String> ids = usage.stream().flatMap(each -> id(each).stream()).distinct().toList();
    if (!ids.isEmpty()) {
      List<String> argv = new ArrayList<>(List.of("image", "inspect"));
      argv.addAll(ids);
      engine
          .json(argv.toArray(String[]::new))
          .forEach(image -> layers.put(text(image, "Id"), layers(image)));
    }
  }

  static List<Candidate> propose(DockerEngine engine, PolicyContext context) {
    return new DanglingImages(engine).propose(context);
  }

  private List<Candidate> propose(PolicyContext context) {
    Map<String, List<Candidate>> removed = new HashMap<>();
    Map<String, List<String>> kept = new HashMap<>();
    containers(context, removed, kept);
    List<Candidate> candidates = new ArrayList<>();
    for (Image image : old(context)) {
      List<String> users = kept.getOrDefault(image.id, List.of());
      List<Candidate> stopped = removed.getOrDefault(image.id, List.of());
      // docker counts them too: one that is not seen here keeps its image
      if (!users.isEmpty() || !image.containers.equals(String.valueOf(stopped.size()))) {
        candidates.add(
            candidate(image, image.uniqueBytes)
                .withheld(
                    users.isEmpty()
                        ? "a container was made from it"
                        : "the container " + users.get(0) + " was made from it"));
        continue;
      }
      Candidate candidate = candidate(image, Math.max(image.uniqueBytes, alone(image.id)));
      for (Candidate container : stopped) {
        candidate = candidate.onlyAfter(container.path());
      }
      candidates.add(candidate);
    }
    return candidates;
  }

  /** The old images without a name, in the order in which they lost their names. */
  private List<Image> old(PolicyContext context) {
    Duration age = context.retention().olderThan().orElse(DockerEngine.GRACE);
    String ids =
        engine
            .host()
            .ask("docker", "image", "ls", "--filter", "dangling=true", "--no-trunc", "--quiet")
            .orElse("");
    List<Image> images = new ArrayList<>();
    for (String id : ids.lines().map(String::strip).distinct().toList()) {
      Optional<JsonObject> listed =
          usage.stream().filter(each -> id(each).filter(id::equals).isPresent()).findFirst();
      Optional<Instant> named = engine.inspect("image", id).flatMap(DanglingImages::lastNamed);
      if (listed.isPresent()
          && named.isPresent()
          && !named.get().isAfter(engine.now().minus(age))) {
        images.add(
            new Image(
                id,
                named.get(),
                DockerEngine.size(listed.get(), "UniqueSize"),
                text(listed.get(), "Containers")));
      }
    }
    images.sort(Comparator.comparing(Image::lastNamed).thenComparing(Image::id));
    return images;
  }

  /** When an image last got a name. The creation time of a reproducible build may be years ago. */
  private static Optional<Instant> lastNamed(JsonObject details) {
    return DockerEngine.text(details, "Metadata", "LastTagTime")
        .flatMap(DockerEngine::time)
        .or(() -> DockerEngine.text(details, "Created").flatMap(DockerEngine::time));
  }

  private Candidate candidate(Image image, long bytes) {
    return engine
        .candidate(
            "image/" + image.id.replace("sha256:", ""),
            bytes,
            RebuildCost.COMPUTE,
            "an image without a name or a container",
            image.lastNamed,
            List.of(DockerPolicies.EXECUTABLE, "image", "rm", image.id))
        // removal by id would also remove an image that got a name since
        .requiring(engine.not("{{if .RepoTags}}", "it has a name now", "image", image.id));
  }

  /**
   * Assigns the containers to their images.
   *
   * @param removed receives those that may be removed, by image
   * @param kept receives the names of all others, by image
   */
  private void containers(
      PolicyContext context, Map<String, List<Candidate>> removed, Map<String, List<String>> kept) {
    Map<Path, Candidate> stopped = new HashMap<>();
    engine.stoppedContainers(context).forEach(each -> stopped.put(each.path(), each));
    for (JsonObject listed : engine.usage("Containers")) {
      String container = id(listed).orElse("");
      String image =
          engine
              .inspect("container", container)
              .flatMap(details -> DockerEngine.text(details, "Image"))
              .orElse("");
      Candidate candidate = stopped.get(engine.root().resolve("containers/" + container));
      if (candidate == null) {
        kept.computeIfAbsent(image, any -> new ArrayList<>())
            .add(DockerEngine.text(listed, "Names").orElse(container));
      } else {
        removed.computeIfAbsent(image, any -> new ArrayList<>()).add(candidate);
      }
    }
  }

  /**
   * The bytes of the layers that only this image has, once the images before it are removed. docker
   * counts a layer of two images for neither of them, even if both are removed. Forgets the layers
   * of the image.
   */
  private long alone(String id) {
    List<String> own = Optional.ofNullable(layers.remove(id)).orElse(List.of());
    int shared = layers.values().stream().mapToInt(other -> common(own, other)).max().orElse(0);
    return bytesAbove(id, own.size(), shared);
  }

  private static int common(List<String> one, List<String> other) {
    int length = 0;
    while (length < Math.min(one.size(), other.size())
        && one.get(length).equals(other.get(length))) {
      length++;
    }
    return length;
  }

  /**
   * The bytes of the layers of an image above a number of its lowest ones. The history also has
   * steps without a layer, and a layer may be empty; so this is the least that it can be.
   */
  private long bytesAbove(String id, int all, int lowest) {
    List<Long> sizes =
        engine
            .host()
            .ask("docker", "image", "history", "--human=false", "--format", "{{.Size}}", id)
            .orElse("")
            .lines()
            .map(line -> Optional.ofNullable(Longs.tryParse(line.strip())).orElse(0L))
            .filter(size -> size > 0)
            .toList();
    int empty = all - sizes.size();
    return empty < 0
        ? 0
        : sizes.stream() // the highest first
            .limit(Math.max(0, all - lowest - empty))
            .mapToLong(Long::longValue)
            .sum();
  }

  private static Optional<String> id(JsonObject object) {
    return DockerEngine.text(object, "ID");
  }

  private static String text(JsonObject object, String name) {
    return DockerEngine.text(object, name).orElse("");
  }

  private static List<String> layers(JsonObject image) {
    List<String> layers = new ArrayList<>();
    if (image.get("RootFS") instanceof JsonObject files
        && files.get("Layers") instanceof JsonArray list) {
      for (JsonElement each : list) {
        layers.add(each.getAsString());
      }
    }
    return layers;
  }
}
