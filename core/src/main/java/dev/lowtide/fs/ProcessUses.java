package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.CharMatcher;
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

  /** How a descriptor was opened, in its fdinfo; the last two bits are 0 for reading only. */
  private static final Pattern FLAGS = Pattern.compile("(?m)^flags:\\s*([0-7]+)$");

  private static final int ACCESS_MODE = 3;

  /** Range, permissions, offset, device and inode come before the path, of any bytes. */
  private static final Pattern MAPPING =
      Pattern.compile("\\S+ \\S+ \\S+ ([0-9a-f]+):([0-9a-f]+) ([0-9]+) +(/.*)", Pattern.DOTALL);

  /** What may stand before and between paths in one argument. The text of a script is no path. */
  private static final Splitter PIECES = Splitter.on(CharMatcher.anyOf(":,=@")).omitEmptyStrings();

  /**
   * The variables that give one process a directory of its own for a while. Those that name lasting
   * caches are in many environments and say nothing about use. pip's are the last two: the first of
   * them in 23.0 to 26.2, the other one in 18.1 to 22.0.
   */
  private static final Set<String> TEMPORARY =
      Set.of("TMPDIR", "TMP", "TEMP", "PIP_BUILD_TRACKER", "PIP_REQ_TRACKER");

  /**
   * The variables by which a process finds the code that it runs: a virtual environment that is
   * activated (venv, conda), Python's modules and prefix, and the dynamic linker's libraries,
   * ld.so(8).
   */
  private static final Set<String> CODE =
      Set.of(
          "VIRTUAL_ENV",
          "CONDA_PREFIX",
          "PYTHONPATH",
          "PYTHONHOME",
          "LD_LIBRARY_PATH",
          "LD_PRELOAD");

  /** As {@code PATH_MAX}; whatever is longer was no path. */
  private static final int MAX_PATH = 4096;

  private static final Path ROOT = Path.of("/");

  /**
   * What all processes of a pass share.
   *
   * @param mounts of the namespace in which this process works
   * @param links follows symbolic links as this process sees them
   * @param ancestors the processes that have started this one
   */
  record Shared(
      Uses uses, String namespace, MountInfo mounts, LinkedPaths links, Set<Path> ancestors) {
    Shared with(LinkedPaths others) {
      return new Shared(uses, namespace, mounts, others, ancestors);
    }
  }

  /** A socket that a process has open, and the directories that its path may be relative to. */
  record OpenSocket(long inode, Path descriptor, String process, Set<Path> bases) {}

  private final Shared shared;
  private final Path process;
  private final String who;
  private final boolean own;
  private final boolean reads;
  private final boolean ancestor;
  private final Set<OpenSocket> sockets = new LinkedHashSet<>();

  /**
   * The base directories of relative paths: the present working directories, and the former one of
   * the shell.
   */
  private final Set<Path> bases = new LinkedHashSet<>();

  private MountInfo mounts;
  private boolean sameView;

  /**
   * @param own whether it is a part of this process, whose files do not count as in use
   * @param reads whether it is another Lowtide process that only reads
   */
  ProcessUses(Shared shared, Path process, String who, boolean own, boolean reads) {
    this.reads = reads;
    this.shared = shared;
    this.process = process;
    this.who = who;
    this.own = own;
    this.ancestor = shared.ancestors().contains(process);
    mounts = shared.mounts();
  }

  Set<OpenSocket> sockets() {
    return sockets;
  }

  /**
   * Finds all visible uses.
   *
   * @param otherMounts by namespace, those that are known
   * @param threads how many it has
   * @throws IllegalArgumentException if the output of the kernel cannot be parsed
   */
  void find(Map<String, MountInfo> otherMounts, int threads) throws IOException {
    Path root = Files.readSymbolicLink(process.resolve("root"));
    view(root, otherMounts);
    if (!own) {
      Path directory = link(process, "cwd", How.DIRECTORY);
      bases.add(directory);
      link(process, "root", How.ROOT);
      link(process, "exe", How.EXECUTABLE);
    }
    Set<String> descriptors = descriptors(process);
    if (threads > 1 && !own) {
      threads(descriptors);
    }
    if (!own) {
      mappings();
      told();
    }
  }

  private void view(Path root, Map<String, MountInfo> otherMounts) throws IOException {
    String namespace = Files.readSymbolicLink(process.resolve("ns/mnt")).toString();
    boolean sameMounts = namespace.equals(shared.namespace());
    sameView = sameMounts && root.equals(ROOT);
    if (!sameMounts) {
      MountInfo known = otherMounts.get(namespace);
      mounts = known == null ? MountInfo.of(process) : known;
      otherMounts.put(namespace, mounts);
    }
  }

  private Path link(Path of, String name, How how) throws IOException {
    Path link = of.resolve(name);
    Path target = Files.readSymbolicLink(link);
    kernelPath(target, link, how);
    return target;
  }

  /**
   * Threads share all of this unless one of them has left, unshare(2). A table of descriptors that
   * was left has other numbers as soon as one of them opens or closes something.
   */
  private void threads(Set<String> descriptors) throws IOException {
    for (Path thread : ProcFs.numbers(process.resolve("task"))) {
      if (thread.endsWith(process.getFileName())) {
        continue;
      }
      try {
        bases.add(link(thread, "cwd", How.DIRECTORY));
        if (!names(thread.resolve("fd")).equals(descriptors)) {
          descriptors(thread);
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
    for (Path entry : ProcFs.numbers(directory)) {
      names.add(entry.getFileName().toString());
    }
    return names;
  }

  private Set<String> descriptors(Path of) throws IOException {
    Set<String> names = new HashSet<>();
    for (Path descriptor : ProcFs.numbers(of.resolve("fd"))) {
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
        if (!own && !(reads && isForReading(of, descriptor))) {
          kernelPath(target, descriptor, How.OPEN);
        }
        continue;
      }
      Matcher socket = SOCKET.matcher(target.toString());
      if (socket.matches()) {
        sockets.add(new OpenSocket(Long.parseLong(socket.group(1)), descriptor, who, bases));
      }
    }
    return names;
  }

  private static boolean isForReading(Path of, Path descriptor) {
    try {
      String information =
          ProcFs.read(of.resolve("fdinfo").resolve(descriptor.getFileName().toString()));
      Matcher flags = FLAGS.matcher(information);
      return flags.find() && (Integer.parseInt(flags.group(1), 8) & ACCESS_MODE) == 0;
    } catch (IOException | NumberFormatException e) {
      return false;
    }
  }

  /**
   * Adds a path that the kernel wrote, without links.
   *
   * @param magic a link in {@code /proc} that opens the file even if its path has changed
   */
  private void kernelPath(Path path, Path magic, How how) {
    Use use = new Use(who, how, path);
    addHereAndTranslated(path, use);
    if (needsInode(path)) {
      try {
        shared.uses().add(Inode.of(magic).key(), path, use);
      } catch (IOException e) {
        // it is gone, or must not be looked at
      }
    }
  }

  /**
   * Whether the path alone does not identify the file here; false if reading the inode may hang.
   */
  private boolean needsInode(Path path) {
    return (!sameView || !mounts.isShownOnce(path)) && !mayHang(path);
  }

  private boolean mayHang(Path path) {
    return shared.mounts().mayHangHere(path) || (!sameView && mounts.mayHang(path));
  }

  private void addHereAndTranslated(Path path, Use use) {
    shared.uses().add(path, use);
    if (!sameView || !mounts.isShownOnce(path)) {
      shared.mounts().translate(path, mounts).forEach(here -> shared.uses().add(here, use));
    }
  }

  private void mappings() throws IOException {
    String before = "";
    for (String line : ProcFs.lines(ProcFs.read(process.resolve("maps")))) {
      Matcher mapping = MAPPING.matcher(line);
      if (line.indexOf('/') >= 0 // else of no file, as most
          && mapping.matches()
          && !mapping.group(4).equals(before)) {
        before = mapping.group(4); // a library has several mappings in a row
        Path path = ProcFs.path(before.replace("\\012", "\n"));
        Use use = new Use(who, How.MAPPED, path);
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

  /** Adds the paths in its arguments and its environment. */
  private void told() throws IOException {
    List<String> arguments = ProcFs.arguments(process);
    Map<String, String> variables = ProcFs.environment(process);
    told(Optional.ofNullable(variables.get("PWD"))).ifPresent(bases::add);
    if (!arguments.isEmpty()) {
      program(arguments.get(0), variables.getOrDefault("PATH", ""));
    }
    if (!reads) {
      arguments.forEach(this::argument);
    }
    variables.forEach(
        (name, value) -> {
          if (TEMPORARY.contains(name)) {
            toldPath(value, How.TEMPORARY);
          } else if (CODE.contains(name)) {
            toldPath(value, How.CODE);
            Splitter.on(CharMatcher.anyOf(":; "))
                .omitEmptyStrings()
                .split(value)
                .forEach(each -> toldPath(each, How.CODE));
          }
        });
  }

  /**
   * A bare name is the first of that name in the directories of {@code PATH}. One that is not there
   * counts too, since a tree that was just moved may have held it.
   */
  private void program(String name, String searched) {
    String program = name.startsWith("-") ? name.substring(1) : name; // a login shell
    if (program.isEmpty() || program.indexOf('/') >= 0) {
      toldPath(program, How.EXECUTABLE);
      return;
    }
    for (String directory : Splitter.on(':').omitEmptyStrings().split(searched)) {
      Optional<Path> file = told(Optional.of(directory + "/" + program));
      if (file.isPresent()) {
        Path place = sameView ? file.get() : inItsRoot(file.get());
        boolean hangs = mayHang(file.get());
        boolean there = !hangs && Files.exists(place);
        if (there || hangs || !Files.exists(place.getParent())) {
          toldPath(directory + "/" + program, How.EXECUTABLE);
        }
        if (there) {
          return;
        }
      }
    }
  }

  private void argument(String argument) {
    value(argument);
    for (String piece : PIECES.split(argument)) {
      if (piece.indexOf('/') >= 0 && piece.length() < argument.length()) {
        value(piece);
      }
    }
  }

  /** Adds a word that is a path, or an option that is directly followed by one. */
  private void value(String word) {
    int slash = word.indexOf('/');
    if (!word.startsWith("-")) {
      // 'make build' that has started this Lowtide means no directory, or one that it is done with
      if (slash >= 0 || !ancestor) {
        toldPath(word, How.ARGUMENT);
      }
    } else if (slash > 0) {
      toldPath(word.substring(slash), How.ARGUMENT); // -I/x
      toldPath(word.substring(Math.min(slash, 2)), How.ARGUMENT); // -Ix/y
    }
  }

  /** An absolute path, if the text is one. */
  private static Optional<Path> told(Optional<String> text) {
    return text.filter(path -> path.startsWith("/"))
        .filter(path -> path.length() > 1 && path.length() <= MAX_PATH)
        .map(ProcFs::path);
  }

  /** Adds a path that was given to a process; in a container it may be another file than here. */
  private void toldPath(String text, How how) {
    if (text.startsWith("/")) {
      told(Optional.of(text)).ifPresent(path -> told(path, how));
    } else if (!text.isEmpty() && text.length() <= MAX_PATH) {
      for (Path base : bases) {
        told(Names.resolveAll(base, text.getBytes(ISO_8859_1)), how);
      }
    }
  }

  private void told(Path path, How how) {
    Use use = new Use(who, how, path);
    if (sameView) {
      for (Path place : shared.links().places(path)) {
        shared.uses().add(place, use);
        addHereAndTranslated(place, use);
      }
    } else {
      addHereAndTranslated(path, use);
    }
    if (needsInode(path)) {
      try {
        shared.uses().add(Inode.of(inItsRoot(path)).key(), path, use);
      } catch (IOException e) {
        // it is not there, or nobody may look
      }
    }
  }

  private Path inItsRoot(Path path) {
    Path below = process.resolve("root");
    return path.getNameCount() == 0 ? below : below.resolve(path.subpath(0, path.getNameCount()));
  }
}
