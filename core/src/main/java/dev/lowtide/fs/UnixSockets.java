package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import dev.lowtide.fs.OpenFiles.HiddenProcess;
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
   * The kernel writes the table page by page, and skips a socket if another one is closed between
   * two pages. While many sockets are opened and closed, that affects about one read in a thousand.
   */
  private static final int TABLE_READS = 3;

  /** The maximum number of bytes in the path of a Unix socket, unix(7). */
  private static final int MAX_SOCKET_PATH_BYTES = 108;

  /**
   * The number of descriptors that were sent but not received yet, in the fdinfo of a Unix socket
   * since Linux 5.6.
   */
  private static final Pattern IN_FLIGHT = Pattern.compile("(?m)^scm_fds:\\s*([1-9][0-9]*)$");

  private final Uses uses;
  private final SymlinkResolver links;
  private final Reader reader;
  private final Set<Long> ownSockets = ConcurrentHashMap.newKeySet();

  /** The open sockets, by inode. Several processes may have the same socket open. */
  private final Map<Long, Queue<OpenSocket>> socketsByInode = new ConcurrentHashMap<>();

  /** The processes in each network namespace. */
  private final Map<String, Queue<Path>> processesByNetwork = new ConcurrentHashMap<>();

  UnixSockets(Uses uses, SymlinkResolver links, Reader reader) {
    this.uses = uses;
    this.links = links;
    this.reader = reader;
  }

  /** Reads a file of {@code /proc}. */
  interface Reader {
    String read(Path file) throws IOException;
  }

  void addProcess(String network, Path process) {
    add(processesByNetwork, network, process);
  }

  /**
   * @param isOwn whether it belongs to this process, so that it does not count as a use
   */
  void add(OpenSocket socket, boolean isOwn) {
    add(socketsByInode, socket.inode(), socket);
    if (isOwn) {
      ownSockets.add(socket.inode());
    }
  }

  private static <K, V> void add(Map<K, Queue<V>> map, K key, V value) {
    map.computeIfAbsent(key, k -> new ConcurrentLinkedQueue<>()).add(value);
  }

  /** Finds the files to which the added sockets are bound. */
  void find() {
    for (Queue<Path> processes : processesByNetwork.values()) {
      for (Path process : processes) {
        if (readTable(process.resolve("net/unix"))) {
          break;
        }
      }
    }
  }

  /**
   * Reads the table of a network namespace through one of its processes; false if that process has
   * ended.
   */
  private boolean readTable(Path table) {
    try {
      for (int i = 0; i < TABLE_READS; i++) {
        addBoundFiles(ProcFs.lines(reader.read(table)));
      }
    } catch (ProcFs.TooLongException e) {
      uses.addHidden(
          new HiddenProcess("a process with one of too many sockets", Credentials.UNKNOWN));
    } catch (IOException e) {
      return false;
    }
    return true;
  }

  /**
   * Adds the files of all sockets in a table. The kernel does not escape paths: a path may contain
   * text that looks like a line of the table, and may continue on the next lines. So everything
   * that may be a path is added.
   */
  private void addBoundFiles(List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      Matcher matcher = UNIX_SOCKET.matcher(lines.get(i));
      if (!matcher.matches() || ownSockets.contains(Long.parseLong(matcher.group(1)))) {
        continue;
      }
      List<OpenSocket> holders =
          List.copyOf(
              socketsByInode.getOrDefault(Long.parseLong(matcher.group(1)), new ArrayDeque<>()));
      String path = matcher.group(2);
      for (int next = i + 1; path != null && path.length() <= MAX_SOCKET_PATH_BYTES; next++) {
        addBoundFile(path, holders);
        path = next < lines.size() ? path + "\n" + lines.get(next) : null;
      }
    }
  }

  private void addBoundFile(String latin1, List<OpenSocket> holders) {
    if (latin1.startsWith("@")) {
      return; // an abstract socket, which has no file
    }
    if (latin1.startsWith("/")) {
      Path path = ProcFs.path(latin1);
      String holder =
          holders.isEmpty() ? "a process that cannot be inspected" : holders.get(0).process();
      uses.add(path, new Use(holder, How.SOCKET, path));
    } else {
      for (OpenSocket socket : holders) {
        for (Path base : socket.bases()) {
          Path path = Names.resolveAll(base, latin1.getBytes(ISO_8859_1));
          for (Path resolved : links.pathsThrough(path)) {
            uses.add(resolved, new Use(socket.process(), How.SOCKET, path));
          }
        }
      }
    }
  }

  /**
   * Whether file descriptors were sent to the socket but not received yet. It cannot be determined
   * which ones.
   */
  static boolean hasFilesInFlight(OpenSocket socket) {
    try {
      Path descriptors = requireNonNull(socket.descriptor().getParent());
      Path process = requireNonNull(descriptors.getParent());
      Path fdinfo = process.resolve("fdinfo").resolve(socket.descriptor().getFileName().toString());
      return IN_FLIGHT.matcher(ProcFs.read(fdinfo)).find();
    } catch (IOException e) {
      return false; // closed in the meantime, or the process counts as hidden anyway
    }
  }
}
