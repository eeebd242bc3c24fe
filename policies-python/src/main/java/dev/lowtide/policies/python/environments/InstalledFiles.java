package dev.lowtide.policies.python.environments;

import com.google.common.base.Splitter;
import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import dev.lowtide.policies.python.files.RecordedPath;
import dev.lowtide.probe.Entry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of an environment that installed packages recorded: {@code RECORD} of {@code
 * *.dist-info} ("Recording installed projects" of the Python packaging specifications) and {@code
 * installed-files.txt} of {@code *.egg-info} (setuptools and pip up to 24). Not thread-safe.
 *
 * <p>A file is the recorded one if it has the recorded size and did not change after the record was
 * written. The hash decides for files that changed later: after copying an environment, all files
 * look changed.
 */
public final class InstalledFiles {
  /** The names of the directories that hold installed packages. */
  public static final Set<String> PACKAGE_DIRECTORIES = Set.of("site-packages", "dist-packages");

  private static final int MAX_RECORD = 32 << 20;
  private static final int MAX_HASHED_FILE = 64 << 20;

  /** How much is read for comparison; a copied environment may have gigabytes. */
  private static final long MAX_HASHED_BYTES = 512L << 20;

  /** How long after the record a tool may write files that it cannot hash, such as scripts. */
  private static final Duration TOLERANCE = Duration.ofSeconds(2);

  private static final String SHA256 = "sha256=";
  private static final long UNKNOWN_SIZE = -1;

  private final Map<String, RecordedFile> recorded = new HashMap<>();
  private long hashedBytes;

  /**
   * When a package was installed.
   *
   * @param metadata its {@code *.dist-info}, or another file or directory with the record
   * @param statusCounts whether a later change of status is suspicious; not for uv and conda, whose
   *     files share inodes with a cache and other environments
   */
  private record Installation(
      Entry metadata, Instant modified, Instant changed, boolean statusCounts) {}

  /**
   * One line of a record.
   *
   * @param text the whole record; the hash is a part of it and is not copied, because few hashes
   *     are needed
   */
  private record RecordedFile(
      long size,
      String text,
      int hashStart,
      int hashEnd,
      Installation installation,
      @Nullable RecordedFile previous) {
    boolean hasHash() {
      return text.startsWith(SHA256, hashStart);
    }

    boolean isHash(String hash) {
      return hash.length() == hashEnd - hashStart && text.startsWith(hash, hashStart);
    }
  }

  /** Whether anything is recorded at a path, relative to the environment and with slashes. */
  boolean contains(String path) {
    return recorded.containsKey(path);
  }

  /** Whether anything is recorded below a path. */
  boolean containsBelow(String path) {
    String prefix = path + "/";
    return recorded.keySet().stream().anyMatch(each -> each.startsWith(prefix));
  }

  /**
   * Reads the records of packages.
   *
   * @param site the directory with the packages
   * @param path its path relative to the environment, ending in a slash
   */
  void addPackages(Entry site, String path) {
    for (Entry child : site.children()) {
      if (!child.isDirectory()) {
        continue;
      }
      String name = child.name();
      if (name.endsWith(".dist-info")) {
        child.child("RECORD").ifPresent(record -> addRecord(site, child, record, path));
      } else if (name.endsWith(".egg-info")) {
        child
            .child("installed-files.txt")
            .ifPresent(list -> addList(list, installation(child, list, list), path + name + "/"));
      }
    }
  }

  private void addRecord(Entry site, Entry metadata, Entry record, String path) {
    String name = metadata.name();
    // virtualenv 20 and 21 write this file after the record and the other files
    Entry lastWritten =
        site.child(name.substring(0, name.length() - "dist-info".length()) + "virtualenv")
            .orElse(record);
    Installation installation = installation(metadata, record, lastWritten);
    // pip renames what it uninstalls from "numpy" to "~umpy"; a killed pip leaves it there
    boolean isRenamed = name.startsWith("~");
    String place = RecordedPath.withSlashes(site.path()) + "/";
    String environment = place.substring(0, place.length() - path.length());
    // No object for each line: environments have tens of thousands of lines
    String text = record.text(MAX_RECORD).orElse("");
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      int next = end < 0 ? text.length() : end;
      boolean hasCarriageReturn = next > start && text.charAt(next - 1) == '\r';
      addLine(
          text,
          start,
          hasCarriageReturn ? next - 1 : next,
          installation,
          environment,
          path,
          isRenamed);
      start = next + 1;
    }
  }

  private static Installation installation(Entry metadata, Entry record, Entry lastWritten) {
    boolean shared =
        metadata
            .child("INSTALLER")
            .flatMap(file -> file.text(16))
            .filter(tool -> tool.strip().equals("uv") || tool.strip().equals("conda"))
            .isPresent();
    return new Installation(
        metadata,
        later(record.lastModified(), lastWritten.lastModified()),
        later(record.lastChanged(), lastWritten.lastChanged()),
        !shared);
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static List<String> lines(Entry record) {
    return record.text(MAX_RECORD).map(text -> text.lines().toList()).orElse(List.of());
  }

  /** {@code path,sha256=HASH,SIZE}; a path with a comma or a quote is quoted. */
  private void addLine(
      String text,
      int start,
      int end,
      Installation installation,
      String environment,
      String base,
      boolean isRenamed) {
    int size = lastComma(text, start, end);
    int hash = lastComma(text, start, size);
    if (hash <= start) {
      return;
    }
    String name = text.substring(start, hash);
    if (name.length() > 1 && name.startsWith("\"") && name.endsWith("\"")) {
      name = name.substring(1, name.length() - 1).replace("\"\"", "\"");
    }
    // Poetry records the files of an editable install with absolute paths
    String path =
        name.startsWith(environment)
            ? resolve("", name.substring(environment.length()))
            : resolve(base, name);
    RecordedFile recordedAs =
        new RecordedFile(number(text, size + 1, end), text, hash + 1, size, installation, null);
    add(path, recordedAs);
    if (isRenamed && path.startsWith(base) && path.length() > base.length() + 1) {
      add(base + "~" + path.substring(base.length() + 1), recordedAs);
    }
  }

  private static int lastComma(String text, int start, int end) {
    int index = end - 1;
    while (index >= start && text.charAt(index) != ',') {
      index--;
    }
    return index;
  }

  private void addList(Entry list, Installation installation, String base) {
    for (String line : lines(list)) {
      add(resolve(base, line.strip().replace('\\', '/')), unmeasured(installation));
    }
  }

  /** Adds a file that conda recorded, by its path relative to the environment. */
  void addListed(String path, Entry record) {
    add(
        path,
        unmeasured(new Installation(record, record.lastModified(), record.lastChanged(), false)));
  }

  private static RecordedFile unmeasured(Installation installation) {
    return new RecordedFile(UNKNOWN_SIZE, "", 0, 0, installation, null);
  }

  private void add(String path, RecordedFile line) {
    recorded.merge(
        path,
        line,
        (known, added) ->
            new RecordedFile(
                added.size(),
                added.text(),
                added.hashStart(),
                added.hashEnd(),
                added.installation(),
                known));
  }

  private static long number(String text, int start, int end) {
    try {
      return start == end ? UNKNOWN_SIZE : Long.parseLong(text, start, end, 10);
    } catch (NumberFormatException e) {
      return UNKNOWN_SIZE;
    }
  }

  /** A path relative to the environment, without dots; empty if it leads outside. */
  private static String resolve(String base, String path) {
    if (!path.contains("./")) {
      return base + path;
    }
    List<String> names = new ArrayList<>(Splitter.on('/').omitEmptyStrings().splitToList(base));
    for (String name : Splitter.on('/').split(path)) {
      if (name.equals("..")) {
        if (names.isEmpty()) {
          return "";
        }
        names.remove(names.size() - 1);
      } else if (!name.equals(".")) {
        names.add(name);
      }
    }
    return String.join("/", names);
  }

  /** Why a file may not be the one that the package installed. */
  Optional<String> objection(String path, Entry file) {
    Optional<String> objection = Optional.of("is in no record of an installed package");
    for (RecordedFile each = recorded.get(path); each != null; each = each.previous()) {
      objection = objection(each, file);
      if (objection.isEmpty()) {
        return objection;
      }
    }
    return objection;
  }

  private Optional<String> objection(RecordedFile line, Entry file) {
    if (!file.isFile()) {
      return Optional.of("is not a file, but its package recorded one");
    } else if (line.size() != UNKNOWN_SIZE && line.size() != file.size()) {
      return Optional.of("has a different size than its package recorded");
    }
    Installation installation = line.installation();
    boolean hashable = line.hasHash();
    boolean changed =
        isAfter(file.lastModified(), installation.modified(), hashable)
            || (installation.statusCounts()
                && file.links() <= 1
                && isAfter(file.lastChanged(), installation.changed(), hashable));
    // On a busy machine, virtualenv writes scripts long after the record
    return !changed
            || (hashable
                ? hasHash(file, line)
                : ConsoleScript.isConsoleScript(file, installation.metadata()))
        ? Optional.empty()
        : Optional.of("changed after its package was installed");
  }

  private static boolean isAfter(Instant time, Instant installed, boolean hashable) {
    return time.isAfter(installed) && (hashable || time.isAfter(installed.plus(TOLERANCE)));
  }

  private boolean hasHash(Entry file, RecordedFile line) {
    hashedBytes += file.size();
    return hashedBytes <= MAX_HASHED_BYTES
        && file.size() <= MAX_HASHED_FILE
        && file.bytes(MAX_HASHED_FILE)
            .map(bytes -> Hashing.sha256().hashBytes(bytes).asBytes())
            .map(digest -> SHA256 + BaseEncoding.base64Url().omitPadding().encode(digest))
            .filter(line::isHash)
            .isPresent();
  }
}
