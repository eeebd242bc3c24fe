package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.Splitter;
import dev.lowtide.fs.OpenFiles.Hidden;
import dev.lowtide.fs.OpenFiles.How;
import dev.lowtide.fs.OpenFiles.Use;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One pass over {@code /proc} as proc(5) describes it, Linux 6.18. Texts are read as Latin-1, which
 * keeps every byte of a name.
 */
final class ProcessScan {
  private static final Path PROC = Path.of("/proc");

  /** A file of a network drive whose server is gone keeps whoever looks at it waiting. */
  private static final long SECONDS = 30;

  private static final Pattern PID = Pattern.compile("[0-9]+");
  private static final Pattern SOCKET = Pattern.compile("socket:\\[([0-9]+)]");
  private static final String DELETED = " (deleted)";

  /** Range, permissions, offset, device and inode come before the path. */
  private static final Pattern MAPPING =
      Pattern.compile("\\S+ \\S+ \\S+ ([0-9a-f]+):([0-9a-f]+) ([0-9]+) +(/.*)");

  /** Number, references, protocol, flags, type, state and inode come before the path. */
  private static final Pattern UNIX_SOCKET =
      Pattern.compile("\\S+ \\S+ \\S+ \\S+ \\S+ \\S+ +([0-9]+) (.+)");

  /** An option's value: {@code -o/x}, {@code --out=/x}, {@code dependency=/x}, {@code @/x}. */
  private static final Pattern ARGUMENT =
      Pattern.compile("(?:-\\w|@|[^/=]*=)?(/.*)", Pattern.DOTALL);

  /**
   * The variables that give one process a directory of its own for a while. Those that name lasting
   * caches are in many environments and say nothing about use. pip's are the last two: the first of
   * them in 23.0 to 26.2, the other one in 18.1 to 22.0.
   */
  private static final Set<String> TEMPORARY =
      Set.of("TMPDIR", "TMP", "TEMP", "PIP_BUILD_TRACKER", "PIP_REQ_TRACKER");

  /**
   * Programs of every session that hide from their own user, and that have given up what they
   * inherited: systemd's keeper of a login (255), and OpenSSH's of keys (9).
   */
  private static final Set<String> HIDE_AND_USE_NOTHING = Set.of("(sd-pam)", "ssh-agent");

  /** Starts the others, and may have more rights than any of them, root's too. */
  private static final String INIT = "1";

  private final Map<Path, Use> atOrBelow = new HashMap<>();
  private final Map<FileKey, Use> byFile = new HashMap<>();
  private final List<Hidden> hidden = new ArrayList<>();

  private final Map<String, Path> paths = new HashMap<>();
  private final Set<Long> ownSockets = new HashSet<>();
  private final Map<Long, String> sockets = new HashMap<>();
  private final Map<String, Path> networks = new HashMap<>();
  private final boolean root = Stat.currentUser() == 0;

  private ProcessScan() {}

  static OpenFiles run() {
    if (!Files.isReadable(PROC.resolve("self/maps"))) {
      return unknown("this system does not tell which files are open");
    }
    FutureTask<OpenFiles> pass = new FutureTask<>(() -> new ProcessScan().everything());
    Thread worker = new Thread(pass, "lowtide-processes");
    worker.setDaemon(true);
    worker.start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return pass.get(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          interrupted = true; // whoever asked finds out where interrupts are looked for
        }
      }
    } catch (TimeoutException e) {
      return unknown("looking at what processes have open took longer than " + SECONDS + " s");
    } catch (ExecutionException e) {
      return unknown("what processes have open cannot be read: " + e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static OpenFiles unknown(String why) {
    return new OpenFiles(Map.of(), Map.of(), List.of(), Optional.of(why));
  }

  /** The name of a process, if it lives and may be seen. */
  static Optional<String> command(long pid) {
    try {
      return Optional.of(read(PROC.resolve(pid + "/comm")).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private OpenFiles everything() throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC)) {
      for (Path process : processes) {
        if (PID.matcher(process.getFileName().toString()).matches()) {
          process(process);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    unixSockets();
    kernel();
    if (!root && hidesProcesses()) {
      hidden.add(new Hidden("a process of another user", Credentials.STRANGER));
    }
    return new OpenFiles(atOrBelow, byFile, hidden, Optional.empty());
  }

  /** Whether the table of processes leaves out those of other users, {@code hidepid} of proc(5). */
  private static boolean hidesProcesses() throws IOException {
    return read(PROC.resolve("self/mounts"))
        .lines()
        .filter(line -> line.contains(" /proc proc "))
        .anyMatch(line -> line.contains("hidepid=") && !line.matches(".*hidepid=(0|off)\\b.*"));
  }

  private void process(Path directory) {
    Map<String, String> status;
    try {
      status = status(read(directory.resolve("status")));
    } catch (AccessDeniedException e) {
      hidden.add(new Hidden("the process " + directory.getFileName(), Credentials.STRANGER));
      return;
    } catch (IOException e) {
      return; // it has ended
    }
    if (isNobody(status)) {
      return;
    }
    long pid = Long.parseLong(directory.getFileName().toString());
    String who = OpenFiles.process(status.getOrDefault("Name", "?"), pid);
    boolean own =
        OwnProcesses.contains(pid)
            || OwnProcesses.isLockHolder(Long.parseLong(status.getOrDefault("PPid", "0")));
    try {
      descriptors(directory, who, own);
      if (!own) {
        link(directory, "cwd", who, How.DIRECTORY);
        link(directory, "root", who, How.ROOT);
        link(directory, "exe", who, How.EXECUTABLE);
        maps(directory, who);
        arguments(directory, who);
        environment(directory, who);
      }
      if (!hasMemory(status)) {
        hide(directory, status, who); // its first thread has ended, and the others live
      }
      Path network = Files.readSymbolicLink(directory.resolve("ns/net"));
      networks.putIfAbsent(network.toString(), directory.resolve("net/unix"));
    } catch (IOException e) {
      hide(directory, status, who);
    }
  }

  /** A thread of the kernel, or a process that has ended and is not buried yet. */
  private static boolean isNobody(Map<String, String> status) {
    return !hasMemory(status) && status.getOrDefault("Threads", "0").matches("[01]");
  }

  private static boolean hasMemory(Map<String, String> status) {
    return status.containsKey("VmSize");
  }

  private static Map<String, String> status(String text) {
    Map<String, String> fields = new HashMap<>();
    for (String line : Splitter.on('\n').split(text)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return fields;
  }

  /** Nobody can hide from root but by leaving, and root's own cannot be known to anybody else. */
  private void hide(Path directory, Map<String, String> status, String who) {
    Credentials credentials = Credentials.parse(status);
    boolean gone = !Files.exists(directory) || isNobody(status(directory));
    boolean harmless =
        directory.endsWith(INIT)
            || HIDE_AND_USE_NOTHING.contains(status.getOrDefault("Name", ""))
            || (credentials.privileged() && !root);
    if (!gone && !harmless) {
      hidden.add(new Hidden(who, credentials));
    }
  }

  private static Map<String, String> status(Path directory) {
    try {
      return status(read(directory.resolve("status")));
    } catch (IOException e) {
      return Map.of();
    }
  }

  private void descriptors(Path directory, String who, boolean own) throws IOException {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(directory.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        Path target;
        try {
          target = Files.readSymbolicLink(descriptor);
        } catch (AccessDeniedException e) {
          throw e;
        } catch (IOException e) {
          continue; // closed meanwhile
        }
        if (target.isAbsolute()) {
          if (!own) {
            use(target, descriptor, new Use(who, How.OPEN, target));
          }
          continue;
        }
        Matcher socket = SOCKET.matcher(target.toString());
        if (socket.matches()) {
          long inode = Long.parseLong(socket.group(1));
          sockets.put(inode, who);
          if (own) {
            ownSockets.add(inode);
          }
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void link(Path directory, String name, String who, How how) throws IOException {
    Path link = directory.resolve(name);
    Path target = Files.readSymbolicLink(link);
    use(target, link, new Use(who, how, target));
  }

  private void maps(Path directory, String who) throws IOException {
    String before = "";
    for (String line : Splitter.on('\n').split(read(directory.resolve("maps")))) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.matches() && !mapping.group(4).equals(before)) {
        before = mapping.group(4); // a library has several mappings in a row
        Path path = path(before.replace("\\012", "\n"));
        long device =
            FileKey.device(
                Integer.parseUnsignedInt(mapping.group(1), 16),
                Integer.parseUnsignedInt(mapping.group(2), 16));
        FileKey file = new FileKey(device, Long.parseUnsignedLong(mapping.group(3)));
        use(path, Optional.of(file), new Use(who, How.MAPPED, path));
      }
    }
  }

  private void arguments(Path directory, String who) throws IOException {
    for (String argument : Splitter.on('\0').split(read(directory.resolve("cmdline")))) {
      Matcher path = ARGUMENT.matcher(argument);
      if (path.matches()) {
        inItsView(directory, path.group(1), who, How.ARGUMENT);
        if (path.group(1).indexOf(':') >= 0) {
          for (String one : Splitter.on(':').split(path.group(1))) {
            inItsView(directory, one, who, How.ARGUMENT);
          }
        }
      }
    }
  }

  private void environment(Path directory, String who) throws IOException {
    for (String variable : Splitter.on('\0').split(read(directory.resolve("environ")))) {
      int equals = variable.indexOf('=');
      if (equals > 0 && TEMPORARY.contains(variable.substring(0, equals))) {
        inItsView(directory, variable.substring(equals + 1), who, How.TEMPORARY);
      }
    }
  }

  /** A path that a process was told, which in a container leads to another file than here. */
  private void inItsView(Path directory, String text, String who, How how) {
    if (text.length() > 1 && text.startsWith("/") && text.indexOf('\0') < 0) {
      Path path = path(text);
      Path below = Path.of("/").relativize(path);
      use(path, directory.resolve("root").resolve(below), new Use(who, how, path));
    }
  }

  /**
   * @param magic a link of {@code /proc} that leads to the very file, whatever its path
   */
  private void use(Path path, Path magic, Use use) {
    Optional<FileKey> file;
    try {
      file = Optional.of(Inode.of(magic).key());
    } catch (IOException e) {
      file = Optional.empty(); // it is not there, or nobody may look
    }
    use(path, file, use);
  }

  private void use(Path path, Optional<FileKey> file, Use use) {
    at(path, use);
    if (path.toString().endsWith(DELETED)) {
      at(undeleted(path), use);
    }
    file.filter(key -> !isOneNameOfSeveral(path, key)).ifPresent(key -> byFile.put(key, use));
  }

  private void at(Path path, Use use) {
    for (Path each = path;
        each != null && atOrBelow.putIfAbsent(each, use) == null;
        each = each.getParent()) {}
  }

  /** Whose other names may go while this one is in use. */
  private static boolean isOneNameOfSeveral(Path path, FileKey file) {
    try {
      Inode inode = Inode.of(path, LinkOption.NOFOLLOW_LINKS);
      return inode.key().inode() == file.inode() && inode.links() > 1 && !inode.isDirectory();
    } catch (IOException e) {
      return false;
    }
  }

  private static Path undeleted(Path path) {
    String name = new String(Names.bytes(path), ISO_8859_1);
    String before = name.substring(0, name.length() - DELETED.length());
    Path parent = path.getParent();
    return parent == null || before.isEmpty()
        ? path
        : Names.resolve(parent, before.getBytes(ISO_8859_1));
  }

  private void unixSockets() {
    for (Path table : networks.values()) {
      String text;
      try {
        text = read(table);
      } catch (IOException e) {
        continue; // whose network it was has ended
      }
      for (String line : Splitter.on('\n').split(text)) {
        Matcher socket = UNIX_SOCKET.matcher(line);
        if (socket.matches() && socket.group(2).startsWith("/")) {
          long inode = Long.parseLong(socket.group(1));
          if (!ownSockets.contains(inode)) {
            Path path = path(socket.group(2));
            String who = sockets.getOrDefault(inode, "a process that cannot be seen");
            at(path, new Use(who, How.SOCKET, path));
          }
        }
      }
    }
  }

  /** What the kernel itself uses. */
  private void kernel() {
    try {
      for (String line : Splitter.on('\n').split(read(PROC.resolve("swaps")))) {
        if (line.startsWith("/")) {
          String escaped = line.substring(0, line.indexOf(' '));
          Path path = Names.absolute(MountTable.unescapeOctal(escaped));
          at(path, new Use("the kernel", How.SWAP, path));
        }
      }
      try (DirectoryStream<Path> devices =
          Files.newDirectoryStream(Path.of("/sys/block"), "loop*")) {
        for (Path device : devices) {
          Path file = device.resolve("loop/backing_file");
          if (Files.exists(file)) {
            Path path = path(read(file).stripTrailing());
            at(path, new Use("the kernel", How.LOOP, path));
          }
        }
      }
    } catch (IOException e) {
      // a kernel without swap space or block devices, or one that does not show them here
    }
  }

  private Path path(String latin) {
    return paths.computeIfAbsent(latin, text -> Names.absolute(text.getBytes(ISO_8859_1)));
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, ISO_8859_1);
  }
}
