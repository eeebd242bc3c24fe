package dev.lowtide.policies.docker;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.lowtide.ByteSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The containers, images and build cache of an engine, as the {@code docker} client lists them:
 * clients 20.10 to 29, engines from 20.10 on. Without an answer in a known form, the engine counts
 * as empty.
 *
 * @param root the engine's data root, used only as a name, since only the engine may read it
 */
record DockerEngine(HostEnvironment host, Path root, Instant now) {
  /** What was used within this time is kept, because a running build may need it. */
  static final Duration GRACE = Duration.ofHours(1);

  /** How many containers a report names. */
  private static final int MAX_NAMED = 5;

  private static final Version FIRST = new Version(20, 10);

  private static final String CONTAINER_ID = "[0-9a-f]{12,64}";
  private static final String IMAGE_ID = "sha256:[0-9a-f]{64}";

  /**
   * "docker" in the command reference of Docker 28. None of the commands forces removal or removes
   * volumes.
   */
  static final List<CommandShape> COMMANDS =
      List.of(
          CommandShape.of("docker", "container", "rm").matching(CONTAINER_ID),
          CommandShape.of("docker", "image", "rm").matching(IMAGE_ID),
          CommandShape.of("docker", "container", "inspect", "--format")
              .matching(
                  "\\{\\{if ne \\.State\\.FinishedAt \"[0-9TZ:.+-]+\"}}"
                      + "\\{\\{template \"it has run again\"}}\\{\\{end}}")
              .matching(CONTAINER_ID),
          CommandShape.of("docker", "image", "inspect", "--format")
              .then("{{if .RepoTags}}{{template \"it has a name now\"}}{{end}}")
              .matching(IMAGE_ID));

  /** The time that Go prints for no time. */
  private static final Instant NEVER = Instant.parse("0001-01-01T00:00:00Z");

  /** In {@code docker system df}: {@code 2026-11-10 08:30:00.123456789 +0000 UTC}. */
  private static final DateTimeFormatter GO_TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("yyyy-MM-dd HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .appendPattern(" xx")
          .toFormatter(Locale.ROOT);

  /** The data root of this machine's engine; empty if no engine answers. */
  static Optional<Path> dataRoot(HostEnvironment host) {
    if (host.executable(DockerPolicies.EXECUTABLE).isEmpty()) {
      return Optional.empty();
    }
    String endpoint =
        host.ask("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
            .map(String::strip)
            .orElse("");
    String root = "{{.DockerRootDir}}";
    if (endpoint.isEmpty()) {
      root = "{{.Store.GraphRoot}}"; // podman, which is refused later
    } else if (!isHere(endpoint)) {
      return Optional.empty();
    }
    return host.ask("docker", "info", "--format", root)
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .flatMap(
            text -> {
              try {
                return Optional.of(host.path(text).toAbsolutePath());
              } catch (InvalidPathException e) {
                return Optional.empty();
              }
            });
  }

  private static boolean isHere(String endpoint) {
    return endpoint.startsWith("unix://") || endpoint.startsWith("npipe://");
  }

  /** The size of one type in {@code docker system df}, where shared parts of images count once. */
  long bytes(String type) {
    return json("system", "df")
        .filter(each -> text(each, "Type").filter(type::equals).isPresent())
        .mapToLong(each -> size(each, "Size"))
        .sum();
  }

  List<Candidate> stoppedContainers(PolicyContext context) {
    List<Candidate> candidates = new ArrayList<>();
    List<String> neverStarted = new ArrayList<>();
    for (JsonObject each : usage("Containers")) {
      if (text(each, "State").filter("created"::equals).isPresent()) {
        neverStarted.add(text(each, "Names").or(() -> text(each, "ID")).orElse(""));
      }
      if (text(each, "State").filter(DockerEngine::isOver).isPresent()) {
        String id = text(each, "ID").orElse("");
        Optional<String> finished =
            inspect("container", id).flatMap(details -> text(details, "State", "FinishedAt"));
        finished
            .flatMap(DockerEngine::time)
            .map(ended -> container(each, id, ended, context))
            // stopped is not enough: if it ran again, what it wrote is younger
            .map(
                candidate ->
                    candidate.requiring(
                        not(
                            "{{if ne .State.FinishedAt \"" + finished.orElseThrow() + "\"}}",
                            "it has run again",
                            "container",
                            id)))
            .ifPresent(candidates::add);
      }
    }
    if (!neverStarted.isEmpty()) {
      candidates.add(neverStarted(neverStarted));
    }
    return candidates;
  }

  /** They are kept: someone may start one at any time, or use it for its volumes only. */
  private Candidate neverStarted(List<String> names) {
    boolean isOne = names.size() == 1;
    return candidate(
            "containers",
            0,
            RebuildCost.EXPENSIVE,
            "containers that were never started",
            now,
            List.of(DockerPolicies.EXECUTABLE))
        .withheld(
            names.size()
                + (isOne ? " container was" : " containers were")
                + " never started and may still be: "
                + names.stream().sorted().limit(MAX_NAMED).collect(Collectors.joining(", "))
                + (names.size() > MAX_NAMED ? ", …" : "")
                + "; 'docker container rm NAME' removes one");
  }

  /** Whether a container ended. A container that was created may still be started. */
  private static boolean isOver(String state) {
    return state.equals("exited") || state.equals("dead");
  }

  private Candidate container(JsonObject listed, String id, Instant ended, PolicyContext context) {
    Candidate candidate =
        candidate(
            "containers/" + id,
            size(listed, "Size"),
            RebuildCost.EXPENSIVE,
            "the container "
                + text(listed, "Names").orElse(id)
                + " of "
                + text(listed, "Image").orElse("an image")
                + " has stopped; its files are removed with it, its volumes are kept",
            ended,
            // neither --force nor --volumes: a running container and volumes are kept
            List.of("docker", "container", "rm", id));
    return context.retention().olderThan().isPresent()
        ? candidate
        : candidate.withheld(
            "it may be started again and contains its programs' files; add an age, for example"
                + " --older-than 30d");
  }

  Candidate candidate(
      String name,
      long bytes,
      RebuildCost cost,
      String reason,
      Instant lastUsed,
      List<String> argv) {
    return Candidate.of(
        new RunCommand(root.resolve(name), argv, OptionalLong.of(bytes)),
        Cause.REGENERABLE,
        cost,
        reason,
        lastUsed);
  }

  /**
   * A command that fails if a condition has become true: docker has no command for conditions.
   *
   * @param when the condition, as the beginning of a template
   * @param words the name of a missing template, which docker's error message contains
   */
  RunCommand not(String when, String words, String kind, String id) {
    String template = when + "{{template \"" + words + "\"}}{{end}}";
    return new RunCommand(root, List.of("docker", kind, "inspect", "--format", template, id));
  }

  /** A part of {@code docker system df --verbose}. */
  List<JsonObject> usage(String part) {
    return json("system", "df", "--verbose")
        .flatMap(all -> objects(all.get(part)).stream())
        .toList();
  }

  /** Why nothing of this engine is removed; empty if client and engine are understood. */
  Optional<String> objection() {
    Optional<JsonObject> versions = json("version").findFirst();
    for (String whose : List.of("Client", "Server")) {
      if (versions.filter(each -> isPodman(each, whose)).isPresent()) {
        return Optional.of(
            "docker's "
                + (whose.equals("Client") ? "client" : "engine")
                + " is podman "
                + version(whose)
                + ", whose commands mean other things than docker's; clean it with podman");
      }
    }
    for (String whose : List.of("Client", "Server")) {
      if (Version.of(version(whose)).filter(each -> each.compareTo(FIRST) < 0).isPresent()) {
        return Optional.of(
            "docker "
                + version(whose)
                + (whose.equals("Client") ? " (client)" : " (engine)")
                + " is older than 20.10, the first version that is understood; clean it by hand");
      }
    }
    return json("system", "df", "--verbose").anyMatch(all -> all.has("BuildCache"))
        ? Optional.empty()
        : Optional.of(
            "docker "
                + version("Client")
                + " did not answer 'docker system df --verbose' within ten seconds, or answered in"
                + " another form than versions 20.10 to 29; run that command to see which");
  }

  /** The whole engine as something that is kept. */
  Candidate withheld(String why) {
    return candidate(
            "",
            0,
            RebuildCost.COMPUTE,
            "what an engine stores",
            now,
            List.of(DockerPolicies.EXECUTABLE))
        .withheld(why);
  }

  /** The client spells "ApiVersion" in another way, and the engine names its parts. */
  private static boolean isPodman(JsonObject versions, String whose) {
    return versions.get(whose) instanceof JsonObject one
        && (one.has("APIVersion")
            || objects(one.get("Components")).stream()
                .anyMatch(part -> text(part, "Name").orElse("").startsWith("Podman")));
  }

  /** The first two numbers of a version such as {@code 20.10.24+dfsg1}. */
  private record Version(int major, int minor) implements Comparable<Version> {
    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,5})\\.(\\d{1,5})\\b.*");

    static Optional<Version> of(String text) {
      Matcher matcher = NUMBERS.matcher(text);
      return matcher.matches()
          ? Optional.of(
              new Version(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
          : Optional.empty();
    }

    @Override
    public int compareTo(Version other) {
      return Comparator.comparingInt(Version::major)
          .thenComparingInt(Version::minor)
          .compare(this, other);
    }
  }

  /**
   * The version of the client or of the engine.
   *
   * @param whose {@code Client} or {@code Server}
   */
  String version(String whose) {
    return host.ask(DockerPolicies.EXECUTABLE, "version", "--format", "{{." + whose + ".Version}}")
        .map(String::strip)
        .orElse("of an unknown version");
  }

  Optional<JsonObject> inspect(String kind, String id) {
    return json(kind, "inspect", id).findFirst();
  }

  /** Reads one object from each line. Docker before 23 does not know {@code --format json}. */
  Stream<JsonObject> json(String... command) {
    List<String> argv = new ArrayList<>(List.of(DockerPolicies.EXECUTABLE));
    argv.addAll(List.of(command));
    int options = argv.indexOf("inspect") < 0 ? argv.size() : argv.indexOf("inspect") + 1;
    argv.addAll(options, List.of("--format", "{{json .}}"));
    return host.ask(argv.toArray(String[]::new)).stream()
        .flatMap(String::lines)
        .flatMap(line -> parse(line).stream())
        .filter(JsonElement::isJsonObject)
        .map(JsonElement::getAsJsonObject);
  }

  private static Optional<JsonElement> parse(String json) {
    try {
      return Optional.of(JsonParser.parseString(json));
    } catch (JsonParseException e) {
      return Optional.empty();
    }
  }

  static List<JsonObject> objects(@Nullable JsonElement list) {
    List<JsonObject> objects = new ArrayList<>();
    for (JsonElement each : list instanceof JsonArray array ? array : new JsonArray()) {
      if (each instanceof JsonObject object) {
        objects.add(object);
      }
    }
    return objects;
  }

  /** The text at the end of a path through objects. */
  static Optional<String> text(JsonObject object, String... way) {
    JsonObject last = object;
    for (String step : Arrays.asList(way).subList(0, way.length - 1)) {
      if (!(last.get(step) instanceof JsonObject next)) {
        return Optional.empty();
      }
      last = next;
    }
    return last.get(way[way.length - 1]) instanceof JsonPrimitive primitive
        ? Optional.of(primitive.getAsString())
        : Optional.empty();
  }

  /** Parses RFC 3339; empty for Go's "no time". */
  static Optional<Instant> time(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant())
          .filter(time -> time.isAfter(NEVER));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  static Optional<Instant> goTime(String text) {
    int zone = text.lastIndexOf(' ');
    try {
      return Optional.of(
          GO_TIME.parse(text.substring(0, Math.max(0, zone)), OffsetDateTime::from).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** A size as docker prints it, such as {@code 1.234GB (virtual 2GB)}, in powers of 1000. */
  static long size(JsonObject object, String name) {
    String text = text(object, name).orElse("0B");
    int more = text.indexOf(" (");
    try {
      return ByteSize.parse(more < 0 ? text : text.substring(0, more)).bytes();
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }
}
