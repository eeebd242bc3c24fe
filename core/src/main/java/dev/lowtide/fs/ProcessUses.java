package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.Splitter;
import dev.lowtide.fs.OpenFiles.How;
import dev.lowtide.fs.OpenFiles.Use;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what one process uses: its threads' directories and descriptors, its mappings, its command
 * line and some variables of its environment. Not thread-safe.
 */
final class ProcessUses {
  private static final Pattern SOCKET = Pattern.compile("socket:\\[([0-9]+)]");

  /**
   * The flags with which a descriptor was opened, in its fdinfo; the last two bits are 0 if it is
   * read-only.
   */
  private static final Pattern FLAGS = Pattern.compile("(?m)^flags:\\s*([0-7]+)$");

  private static final int ACCESS_MODE = 3;

  /**
   * Address range, permissions, offset, device and inode come before the path, which may contain
   * any bytes.
   */
  private static final Pattern MAPPING =
      Pattern.compile("\\S+ \\S+ \\S+ ([0-9a-f]+):([0-9a-f]+) ([0-9]+) +(/.*)", Pattern.DOTALL);

  private static final Path ROOT = Path.of("/");

  /**
   * What the processes of one scan share.
   *
   * @param mounts of the namespace in which this process works
   * @param links follows symbolic links as this process sees them
   * @param ancestors the parent of this process, its parent, and so on
   */
  record Shared(
      Uses uses, String namespace, MountInfo mounts, SymlinkResolver links, Set<Path> ancestors) {
    Shared with(SymlinkResolver others) {
      return new Shared(uses, namespace, mounts, others, ancestors);
    }
  }

  /** A socket that a process has open, and the directories that its path may be relative to. */
  record OpenSocket(long inode, Path descriptor, String process, Set<Path> bases) {}

  private final Shared shared;
  private final Path process;
  private final String processName;
  private final boolean isOwn;
  private final boolean isReader;
  private final boolean isAncestor;
  private final Set<OpenSocket> sockets = new LinkedHashSet<>();

  /**
   * The base directories of relative paths: the present working directories, and the former one of
   * the shell.
   */
  private final Set<Path> bases = new LinkedHashSet<>();

  private MountInfo mounts;
  private boolean hasSameView;

  /**
   * @param isOwn whether it is a part of this process, whose files do not count as in use
   * @param isReader whether it is another Lowtide process that only reads
   */
  ProcessUses(Shared shared, Path process, String processName, boolean isOwn, boolean isReader) {
    this.isReader = isReader;
    this.shared = shared;
    this.process = process;
    this.processName = processName;
    this.isOwn = isOwn;
    this.isAncestor = shared.ancestors().contains(process);
    mounts = shared.mounts();
  }

  Set<OpenSocket> sockets() {
    return sockets;
  }

  /**
   * Finds all visible uses.
   *
   * @param otherMounts the mounts of other namespaces that are known, by namespace; mounts that are
   *     read are added
   * @param threads the number of its threads
   * @throws IllegalArgumentException if the output of the kernel cannot be parsed
   */
  void find(Map<String, MountInfo> otherMounts, int threads) throws IOException {
    Path root = Files.readSymbolicLink(process.resolve("root"));
    readMounts(root, otherMounts);
    if (!isOwn) {
      Path directory = addLink(process, "cwd", How.DIRECTORY);
      bases.add(directory);
      addLink(process, "root", How.ROOT);
      addLink(process, "exe", How.EXECUTABLE);
    }
    Set<String> descriptors = findDescriptors(process);
    if (threads > 1 && !isOwn) {
      findInThreads(descriptors);
    }
    if (!isOwn) {
      findMappings();
      findInArgumentsAndEnvironment();
    }
  }

  private void readMounts(Path root, Map<String, MountInfo> otherMounts) throws IOException {
    String namespace = Files.readSymbolicLink(process.resolve("ns/mnt")).toString();
    boolean hasSameMounts = namespace.equals(shared.namespace());
    hasSameView = hasSameMounts && root.equals(ROOT);
    if (!hasSameMounts) {
      MountInfo cached = otherMounts.get(namespace);
      mounts = cached == null ? MountInfo.of(process) : cached;
      otherMounts.put(namespace, mounts);
    }
  }

  private Path addLink(Path parent, String name, How how) throws IOException {
    Path link = parent.resolve(name);
    Path target = Files.readSymbolicLink(link);
    addKernelPath(target, link, how);
    return target;
  }

  /**
   * Finds what other threads use. Threads share working directory and descriptors unless one of
   * them has called unshare(2). Then its descriptors have other numbers as soon as a thread opens
   * or closes a file.
   */
  private void findInThreads(Set<String> descriptors) throws IOException {
    for (Path thread : ProcFs.numericEntries(process.resolve("task"))) {
      if (thread.endsWith(process.getFileName())) {
        continue;
      }
      try {
        bases.add(addLink(thread, "cwd", How.DIRECTORY));
        if (!names(thread.resolve("fd")).equals(descriptors)) {
          findDescriptors(thread);
        }
      } catch (AccessDeniedException e) {
        throw e;
      } catch (IOException e) {
        // it has ended
      }
    }
  }

  private static Set<String> names(Path directory) throws IOException {
    Set<String> names = new HashSet<>();
    for (Path entry : ProcFs.numericEntries(directory)) {
      names.add(entry.getFileName().toString());
    }
    return names;
  }

  private Set<String> findDescriptors(Path task) throws IOException {
    Set<String> names = new HashSet<>();
    for (Path descriptor : ProcFs.numericEntries(task.resolve("fd"))) {
      names.add(descriptor.getFileName().toString());
      Path target;
      try {
        target = Files.readSymbolicLink(descriptor);
      } catch (AccessDeniedException e) {
        throw e;
      } catch (IOException e) {
        continue; // closed meanwhile
      }
      if (target.isAbsolute()) {
        if (!isOwn && !(isReader && isForReading(task, descriptor))) {
          addKernelPath(target, descriptor, How.OPEN);
        }
        continue;
      }
      Matcher socket = SOCKET.matcher(target.toString());
      if (socket.matches()) {
        sockets.add(
            new OpenSocket(Long.parseLong(socket.group(1)), descriptor, processName, bases));
      }
    }
    return names;
  }

  private static boolean isForReading(Path task, Path descriptor) {
    try {
      String information =
          ProcFs.read(task.resolve("fdinfo").resolve(descriptor.getFileName().toString()));
      Matcher flags = FLAGS.matcher(information);
      return flags.find() && (Integer.parseInt(flags.group(1), 8) & ACCESS_MODE) == 0;
    } catch (IOException | NumberFormatException e) {
      return false;
    }
  }

  /**
   * Adds a path that the kernel reports, which contains no links.
   *
   * @param magic the link in {@code /proc} that leads to the file even if its path has changed
   */
  private void addKernelPath(Path path, Path magic, How how) {
    Use use = new Use(processName, how, path);
    addHereAndTranslated(path, use);
    if (needsInode(path)) {
      try {
        shared.uses().add(Inode.of(magic).key(), path, use);
      } catch (IOException e) {
        // it no longer exists, or this user may not read it
      }
    }
  }

  /**
   * Whether the path alone does not identify the file here; false if reading the inode may hang.
   */
  private boolean needsInode(Path path) {
    return (!hasSameView || !mounts.isMountedOnce(path)) && !mayHang(path);
  }

  private boolean mayHang(Path path) {
    return shared.mounts().mayHangHere(path) || (!hasSameView && mounts.mayHang(path));
  }

  private void addHereAndTranslated(Path path, Use use) {
    shared.uses().add(path, use);
    if (!hasSameView || !mounts.isMountedOnce(path)) {
      shared.mounts().translate(path, mounts).forEach(here -> shared.uses().add(here, use));
    }
  }

  private void findMappings() throws IOException {
    String before = "";
    for (String line : ProcFs.lines(ProcFs.read(process.resolve("maps")))) {
      Matcher mapping = MAPPING.matcher(line);
      if (line.indexOf('/') >= 0 // most mappings have no file
          && mapping.matches()
          && !mapping.group(4).equals(before)) {
        before = mapping.group(4); // a library has several mappings in a row
        Path path = ProcFs.path(before.replace("\\012", "\n"));
        Use use = new Use(processName, How.MAPPED, path);
        addHereAndTranslated(path, use);
        if (needsInode(path)) {
          long device =
              FileKey.device(
                  Integer.parseUnsignedInt(mapping.group(1), 16),
                  Integer.parseUnsignedInt(mapping.group(2), 16));
          FileKey file = new FileKey(device, Long.parseUnsignedLong(mapping.group(3)));
          shared.uses().add(file, path, use);
        }
      }
    }
  }

  /** Adds the paths in the arguments and the environment of the process. */
  private void findInArgumentsAndEnvironment() throws IOException {
    List<String> arguments = ProcFs.arguments(process);
    Map<String, String> variables = ProcFs.environment(process);
    absolutePath(Optional.ofNullable(variables.get("PWD"))).ifPresent(bases::add);
    if (!arguments.isEmpty()) {
      addProgram(arguments.get(0), variables.getOrDefault("PATH", ""));
    }
    if (!isReader) {
      for (String argument : arguments) {
        GivenTexts.ofArgument(argument, !isAncestor)
            .forEach(text -> addGivenPath(text, How.ARGUMENT));
      }
    }
    variables.forEach(
        (name, value) ->
            GivenTexts.useOfVariable(name)
                .ifPresent(
                    how ->
                        GivenTexts.ofVariable(value, how)
                            .forEach(text -> addGivenPath(text, how))));
  }

  /**
   * Adds the program that a process runs. A name without a slash is searched in the directories of
   * {@code PATH}. A candidate that cannot be checked, or whose directory does not exist, is added
   * too: the directory may be in a tree that was just moved.
   */
  private void addProgram(String name, String searchPath) {
    String program = name.startsWith("-") ? name.substring(1) : name; // a login shell
    if (program.isEmpty() || program.indexOf('/') >= 0) {
      addGivenPath(program, How.EXECUTABLE);
      return;
    }
    for (String directory : Splitter.on(':').omitEmptyStrings().split(searchPath)) {
      Optional<Path> file = absolutePath(Optional.of(directory + "/" + program));
      if (file.isPresent()) {
        Path visiblePath = hasSameView ? file.get() : throughProcRoot(file.get());
        boolean mayHang = mayHang(file.get());
        boolean exists = !mayHang && Files.exists(visiblePath);
        if (exists || mayHang || !Files.exists(visiblePath.getParent())) {
          addGivenPath(directory + "/" + program, How.EXECUTABLE);
        }
        if (exists) {
          return;
        }
      }
    }
  }

  /** The text as a path; empty if it is not an absolute path. */
  private static Optional<Path> absolutePath(Optional<String> text) {
    return text.filter(path -> path.startsWith("/"))
        .filter(path -> path.length() > 1 && path.length() <= GivenTexts.MAX_PATH)
        .map(ProcFs::path);
  }

  /**
   * Adds a path that was given to a process; in a container, the path may mean another file than
   * here.
   */
  private void addGivenPath(String text, How how) {
    if (text.startsWith("/")) {
      absolutePath(Optional.of(text)).ifPresent(path -> addGivenPath(path, how));
    } else if (!text.isEmpty() && text.length() <= GivenTexts.MAX_PATH) {
      for (Path base : bases) {
        addGivenPath(Names.resolveAll(base, text.getBytes(ISO_8859_1)), how);
      }
    }
  }

  private void addGivenPath(Path path, How how) {
    Use use = new Use(processName, how, path);
    if (hasSameView) {
      for (Path resolved : shared.links().pathsThrough(path)) {
        shared.uses().add(resolved, use);
        addHereAndTranslated(resolved, use);
      }
    } else {
      addHereAndTranslated(path, use);
    }
    if (needsInode(path)) {
      try {
        shared.uses().add(Inode.of(throughProcRoot(path)).key(), path, use);
      } catch (IOException e) {
        // it does not exist, or this user may not read it
      }
    }
  }

  private Path throughProcRoot(Path path) {
    Path below = process.resolve("root");
    return path.getNameCount() == 0 ? below : below.resolve(path.subpath(0, path.getNameCount()));
  }
}
