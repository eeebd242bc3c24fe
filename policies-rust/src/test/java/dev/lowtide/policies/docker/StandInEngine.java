package dev.lowtide.policies.docker;

import static java.util.Objects.requireNonNull;

import com.google.gson.Gson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in for a Docker engine, since none can be had here: it answers what the real client asks
 * for, on a Unix socket, in the form of API 1.50, from lists that a test fills. It removes from
 * them what it is told to, and keeps a log of every request that would change something.
 */
final class StandInEngine implements AutoCloseable {
  private static final Gson GSON = new Gson();

  final Map<String, Map<String, Object>> containers = new TreeMap<>();
  final Map<String, Map<String, Object>> images = new TreeMap<>();
  final List<Map<String, Object>> buildCache = new ArrayList<>();
  final List<String> changes = Collections.synchronizedList(new ArrayList<>());
  private final Path socket;
  private final ServerSocketChannel server;

  StandInEngine(Path socket) throws IOException {
    this.socket = socket;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread thread = new Thread(this::serve, "stand-in-engine");
    thread.setDaemon(true);
    thread.start();
  }

  /** What {@code DOCKER_HOST} is to be. */
  String address() {
    return "unix://" + socket;
  }

  static String id(char digit) {
    return String.valueOf(digit).repeat(64);
  }

  StandInEngine container(char digit, String state, Instant finished) {
    containers.put(
        id(digit),
        Map.of("name", "container-" + digit, "state", state, "finished", finished.toString()));
    return this;
  }

  StandInEngine image(char digit, Instant created, Instant tagged, int usedBy) {
    images.put(
        "sha256:" + id(digit),
        Map.of(
            "created", created, "tagged", tagged.toString(), "usedBy", usedBy, "names", List.of()));
    return this;
  }

  /** Gives an image a name, as a build does that comes to the same. */
  void name(char digit, String name) {
    images.computeIfPresent(
        "sha256:" + id(digit),
        (id, image) -> {
          Map<String, Object> named = new HashMap<>(image);
          named.put("names", List.of(name));
          return named;
        });
  }

  StandInEngine cached(String id, long size, Instant lastUsed, boolean inUse) {
    buildCache.add(
        Map.of(
            "ID",
            id,
            "Type",
            "regular",
            "Description",
            "a step",
            "InUse",
            inUse,
            "Shared",
            false,
            "Size",
            size,
            "CreatedAt",
            "2026-01-01T00:00:00Z",
            "LastUsedAt",
            lastUsed.toString(),
            "UsageCount",
            1));
    return this;
  }

  /** Has a record of the build cache be shared with others. */
  void sharing(String cached) {
    buildCache.replaceAll(
        record -> {
          Map<String, Object> changed = new HashMap<>(record);
          changed.replace("Shared", cached.equals(record.get("ID")));
          return changed;
        });
  }

  private void serve() {
    while (true) {
      try (SocketChannel client = server.accept()) {
        answer(client);
      } catch (AsynchronousCloseException e) {
        return;
      } catch (IOException e) {
        if (!server.isOpen()) {
          return;
        }
      }
    }
  }

  /** One request, and the connection is over. */
  private void answer(SocketChannel client) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      if (client.read(one.clear()) < 0) {
        return;
      }
      head.write(one.array()[0]);
    }
    String[] request = head.toString(StandardCharsets.US_ASCII).split(" ", 3);
    String path = request[1].replaceFirst("^/v1\\.[0-9]+", "");
    String method = request[0];
    if (!method.equals("GET") && !method.equals("HEAD")) {
      changes.add(method + " " + path);
    }
    Object body = body(method, path);
    byte[] json = body == null ? new byte[0] : GSON.toJson(body).getBytes(StandardCharsets.UTF_8);
    String status = body == null ? "204 No Content" : "200 OK";
    if (body instanceof Map<?, ?> map && map.containsKey("message")) {
      status = "404 Not Found";
    }
    String answer =
        "HTTP/1.1 "
            + status
            + "\r\nApi-Version: 1.50\r\nOstype: linux\r\nContent-Type: application/json"
            + "\r\nConnection: close\r\nContent-Length: "
            + json.length
            + "\r\n\r\n";
    client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
    if (!method.equals("HEAD")) {
      ByteBuffer rest = ByteBuffer.wrap(json);
      while (rest.hasRemaining()) {
        client.write(rest);
      }
    }
  }

  private @Nullable Object body(String method, String path) {
    String id = path.replaceFirst("^/(containers|images)/([^/?]+).*", "$2");
    if (path.equals("/_ping")) {
      return "OK";
    } else if (path.equals("/info")) {
      return Map.of("ID", "stand-in", "DockerRootDir", "/var/lib/docker", "ServerVersion", "28");
    } else if (path.startsWith("/system/df")) {
      return Map.of(
          "LayersSize",
          0,
          "Images",
          imageList(),
          "Containers",
          containerList(),
          "Volumes",
          List.of(Map.of("Name", "data", "UsageData", Map.of("Size", 1, "RefCount", 0))),
          "BuildCache",
          buildCache);
    } else if (path.startsWith("/images/json")) {
      return imageList();
    } else if (method.equals("POST") && path.startsWith("/build/prune")) {
      prune(path);
      return Map.of("CachesDeleted", List.of(), "SpaceReclaimed", 123_000_000);
    } else if (method.equals("DELETE")) {
      containers.remove(id);
      return images.remove(id) == null ? null : List.of(Map.of("Deleted", id));
    } else if (path.startsWith("/containers/") && containers.containsKey(id)) {
      Map<String, Object> each = requireNonNull(containers.get(id));
      return Map.of(
          "Id",
          id,
          "Name",
          "/" + value(each, "name"),
          "State",
          Map.of("Status", value(each, "state"), "FinishedAt", value(each, "finished")));
    } else if (path.startsWith("/images/") && images.containsKey(id)) {
      Map<String, Object> each = requireNonNull(images.get(id));
      return Map.of(
          "Id",
          id,
          "RepoTags",
          value(each, "names"),
          "Created",
          value(each, "created").toString(),
          "Metadata",
          Map.of("LastTagTime", value(each, "tagged")));
    }
    return Map.of("message", "the stand-in does not know " + method + " " + path);
  }

  /** As BuildKit does: least recently used first, as long as there is more than is to be kept. */
  private void prune(String path) {
    String query = URLDecoder.decode(path, StandardCharsets.UTF_8);
    long keep = number(query, "keep-storage=([0-9]+)");
    Instant until = Instant.now().minusSeconds(number(query, "\"until\":\\{\"([0-9]+)s\""));
    long total = buildCache.stream().mapToLong(StandInEngine::size).sum();
    for (Map<String, Object> each :
        buildCache.stream()
            .sorted(Comparator.comparing(one -> value(one, "LastUsedAt").toString()))
            .toList()) {
      boolean isOld = Instant.parse(value(each, "LastUsedAt").toString()).isBefore(until);
      if (isOld && value(each, "InUse").equals(false) && (keep == 0 || total > keep)) {
        buildCache.remove(each);
        total -= size(each);
      }
    }
  }

  private static long number(String query, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(query);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }

  private static long size(Map<String, Object> record) {
    return (Long) value(record, "Size");
  }

  private static Object value(Map<String, Object> each, String name) {
    return requireNonNull(each.get(name));
  }

  private List<Map<String, Object>> imageList() {
    List<Map<String, Object>> list = new ArrayList<>();
    images.forEach(
        (id, each) ->
            list.add(
                Map.of(
                    "Id",
                    id,
                    "ParentId",
                    "",
                    "RepoTags",
                    value(each, "names"),
                    "RepoDigests",
                    List.of(),
                    "Created",
                    ((Instant) value(each, "created")).getEpochSecond(),
                    "Size",
                    5_000_000,
                    "SharedSize",
                    0,
                    "Containers",
                    value(each, "usedBy"))));
    return list;
  }

  private List<Map<String, Object>> containerList() {
    List<Map<String, Object>> list = new ArrayList<>();
    containers.forEach(
        (id, each) ->
            list.add(
                new TreeMap<>(
                    Map.of(
                        "Id",
                        id,
                        "Names",
                        List.of("/" + value(each, "name")),
                        "Image",
                        "builder",
                        "ImageID",
                        "sha256:" + id('9'),
                        "Command",
                        "sh",
                        "Created",
                        1_700_000_000,
                        "State",
                        value(each, "state"),
                        "Status",
                        String.valueOf(value(each, "state")).toUpperCase(Locale.ROOT),
                        "SizeRw",
                        4_096,
                        "SizeRootFs",
                        10_000))));
    return list;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
