package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import dev.lowtide.fs.OpenFiles.Hidden;
import dev.lowtide.fs.OpenFiles.How;
import dev.lowtide.fs.OpenFiles.Use;
import dev.lowtide.fs.ProcessUses.OpenSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the files to which the open Unix sockets of processes are bound. */
final class UnixSockets {
  /** Number, references, protocol, flags, type, state and inode come before the path. */
  private static final Pattern UNIX_SOCKET =
      Pattern.compile(
          "\\S+: [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{4} [0-9A-F]{2}"
              + " +([0-9]{1,18})(?: (.+))?",
          Pattern.DOTALL);

  /**
   * The kernel writes the table page by page. A socket that is closed between two pages makes it
   * skip another one, in about one pass of a thousand while sockets come and go all the time.
   */
  private static final int READS_OF_SOCKETS = 3;

  /** The bytes of a path to a Unix socket, unix(7). */
  private static final int MAX_SOCKET_PATH = 108;

  /** Descriptors that were sent and not received yet; in the fdinfo of a Unix socket since 5.6. */
  private static final Pattern IN_FLIGHT = Pattern.compile("(?m)^scm_fds:\\s*([1-9][0-9]*)$");

  private final Uses uses;
  private final LinkedPaths links;
  private final Reader reader;
  private final Set<Long> own = ConcurrentHashMap.newKeySet();

  /** By inode. Several processes may have one socket open. */
  private final Map<Long, Queue<OpenSocket>> open = new ConcurrentHashMap<>();

  /** By network namespace, the processes in it. */
  private final Map<String, Queue<Path>> networks = new ConcurrentHashMap<>();

  UnixSockets(Uses uses, LinkedPaths links, Reader reader) {
    this.uses = uses;
    this.links = links;
    this.reader = reader;
  }

  /** Reads a file of {@code /proc}. */
  interface Reader {
    String read(Path file) throws IOException;
  }

  void addProcess(String network, Path process) {
    add(networks, network, process);
  }

  /**
   * @param ofThis whether it belongs to this process, and so does not count as a use
   */
  void add(OpenSocket socket, boolean ofThis) {
    add(open, socket.inode(), socket);
    if (ofThis) {
      own.add(socket.inode());
    }
  }

  private static <K, V> void add(Map<K, Queue<V>> map, K key, V value) {
    map.computeIfAbsent(key, k -> new ConcurrentLinkedQueue<>()).add(value);
  }

  /** Finds the files to which they are bound. */
  void find() {
    for (Queue<Path> processes : networks.values()) {
      for (Path process : processes) {
        if (find(process.resolve("net/unix"))) {
          break;
        }
      }
    }
  }

  /** Whether the process existed until everything was read. */
  private boolean find(Path table) {
    try {
      for (int i = 0; i < READS_OF_SOCKETS; i++) {
        find(ProcFs.lines(reader.read(table)));
      }
    } catch (ProcFs.TooLongException e) {
      uses.hide(new Hidden("one of very many sockets", Credentials.STRANGER));
    } catch (IOException e) {
      return false;
    }
    return true;
  }

  /**
   * The kernel does not escape a path: lines may be the name of a socket, and what follows a line
   * may still belong to its path. What could be a path is taken for one.
   */
  private void find(List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      Matcher matcher = UNIX_SOCKET.matcher(lines.get(i));
      if (!matcher.matches() || own.contains(Long.parseLong(matcher.group(1)))) {
        continue;
      }
      List<OpenSocket> holders =
          List.copyOf(open.getOrDefault(Long.parseLong(matcher.group(1)), new ArrayDeque<>()));
      String path = matcher.group(2);
      for (int next = i + 1; path != null && path.length() <= MAX_SOCKET_PATH; next++) {
        boundTo(path, holders);
        path = next < lines.size() ? path + "\n" + lines.get(next) : null;
      }
    }
  }

  private void boundTo(String latin, List<OpenSocket> holders) {
    if (latin.startsWith("@")) {
      return; // it has no file
    }
    if (latin.startsWith("/")) {
      Path path = ProcFs.path(latin);
      String who =
          holders.isEmpty() ? "a process that cannot be inspected" : holders.get(0).process();
      uses.add(path, new Use(who, How.SOCKET, path));
    } else {
      for (OpenSocket socket : holders) {
        for (Path base : socket.bases()) {
          Path path = Names.resolveAll(base, latin.getBytes(ISO_8859_1));
          for (Path place : links.places(path)) {
            uses.add(place, new Use(socket.process(), How.SOCKET, path));
          }
        }
      }
    }
  }

  /**
   * Whether descriptors were sent to the socket and not received yet. It cannot be determined which
   * ones.
   */
  static boolean receivesFiles(OpenSocket socket) {
    try {
      Path descriptors = requireNonNull(socket.descriptor().getParent());
      Path process = requireNonNull(descriptors.getParent());
      Path information =
          process.resolve("fdinfo").resolve(socket.descriptor().getFileName().toString());
      return IN_FLIGHT.matcher(ProcFs.read(information)).find();
    } catch (IOException e) {
      return false; // closed meanwhile, or of a process that is hidden anyway
    }
  }
}
