package dev.lowtide.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.plan.PlanItem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Plants one thing that a person would miss into what a plan removes, at random depth, looks at
 * what would be removed now, and takes the thing away again: whatever goes must not hold it. Before
 * and after, with nothing planted, everything must go, so that refusing everything does not pass.
 *
 * <pre>{@code
 * PlantAndLook.into(() -> Planned.workspace(tree))
 *     .records(file -> file.endsWith("RECORD"))
 *     .plant(60, 1);
 * }</pre>
 *
 * <p>The tree is made once, on a real file system. What has its owner changed back by root only is
 * planted by root only.
 */
public final class PlantAndLook {

  /** What can be planted. */
  public enum Kind {
    NEW_FILE,
    READ_ONLY_FILE,
    EDITED_FILE,
    RENAMED,
    REPOSITORY,
    LINK,
    FOREIGN_FILE,
    RECORD_DELETED,
    RECORD_CUT_OFF
  }

  /** Looks at the tree as it is. */
  @FunctionalInterface
  public interface Look {
    Planned plan();
  }

  private interface Undo {
    void run() throws IOException;
  }

  /** A planted thing: nothing that goes may hold the path. */
  private record Planted(Path path, Undo undo) {}

  private static final List<String> NAMES =
      List.of(
          "notes.txt",
          "results.csv",
          "todo.md",
          "data.json",
          "helper.py",
          "settings.toml",
          "main.c",
          "main.rs",
          "model.pkl",
          "dump.sql",
          "thesis.tex",
          "plot.png",
          "README",
          "deploy.sh",
          "backup.tar.gz");

  private final Look look;
  private final Set<Kind> kinds = EnumSet.allOf(Kind.class);
  private Predicate<Path> records = path -> false;
  private Predicate<Path> unlikely = path -> false;

  private PlantAndLook(Look look) {
    this.look = look;
  }

  /** Plants into whatever {@code look} says is removed while nothing is planted. */
  public static PlantAndLook into(Look look) {
    return new PlantAndLook(look);
  }

  /** The files by which a tool accounts for others: one of them is deleted, or cut off. */
  public PlantAndLook records(Predicate<Path> isRecord) {
    records = isRecord;
    return this;
  }

  /** What no person edits and nothing tells of an edit, such as bytecode. */
  public PlantAndLook notEditing(Predicate<Path> isUnlikely) {
    unlikely = isUnlikely;
    return this;
  }

  /** Without some kinds, for trees of which no record tells them. */
  public PlantAndLook without(Kind... left) {
    kinds.removeAll(List.of(left));
    return this;
  }

  /** Plants so many times; the same seed plants the same things. */
  public void plant(int times, long seed) throws IOException {
    List<Path> going = going(look.plan());
    assertThat(going).as("what goes while nothing is planted").isNotEmpty();
    List<Path> files = new ArrayList<>();
    List<Path> directories = new ArrayList<>();
    for (Path path : going) {
      try (Stream<Path> below = Files.walk(path)) {
        below.forEach(
            each ->
                (Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS) ? directories : files)
                    .add(each));
      }
    }
    directories.removeAll(going);
    List<Path> homes = new ArrayList<>(directories);
    going.stream().filter(path -> Files.isDirectory(path)).forEach(homes::add);
    Map<Kind, Integer> planted = new TreeMap<>();
    Random random = new Random(seed);
    for (int i = 0; i < times; i++) {
      Kind kind = random(List.copyOf(kinds), random);
      Planted thing = plant(kind, files, directories, homes, random);
      if (thing == null) {
        continue; // there is nothing of which this could be made
      }
      planted.merge(kind, 1, Integer::sum);
      try {
        for (Path path : going(look.plan())) {
          assertThat(thing.path().startsWith(path))
              .as("%s is removed with the planted %s %s, seed %d", path, kind, thing.path(), seed)
              .isFalse();
        }
      } finally {
        thing.undo().run();
        renew(going);
      }
      if (i % 20 == 0) {
        assertThat(going(look.plan())).as("what goes after %s", kind).isEqualTo(going);
      }
    }
    assertThat(going(look.plan())).as("what goes after all was taken away").isEqualTo(going);
    if (times > 50) {
      assertThat(planted.keySet()).as("what was planted").hasSizeGreaterThan(kinds.size() / 2);
    }
  }

  private static List<Path> going(Planned planned) {
    return planned.plan().items().stream().map(PlanItem::path).sorted().toList();
  }

  private Planted plant(
      Kind kind, List<Path> files, List<Path> directories, List<Path> homes, Random random)
      throws IOException {
    return switch (kind) {
      case NEW_FILE -> newFile(homes, random, "rw-r--r--");
      case READ_ONLY_FILE -> newFile(homes, random, "r--r--r--");
      case EDITED_FILE -> edited(files, random);
      case RENAMED -> renamed(files, directories, random);
      case REPOSITORY -> repository(homes, random);
      case LINK -> link(homes, random);
      case FOREIGN_FILE -> foreignFile(homes, random);
      case RECORD_DELETED -> withoutRecord(files, random, 0);
      case RECORD_CUT_OFF -> withoutRecord(files, random, 2);
    };
  }

  private static Planted newFile(List<Path> homes, Random random, String mode) throws IOException {
    if (homes.isEmpty()) {
      return null;
    }
    Path home = random(homes, random);
    FileTime before = Files.getLastModifiedTime(home);
    Path file = home.resolve(random(NAMES, random));
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    Files.writeString(file, "the only copy");
    Files.setPosixFilePermissions(
        file, java.nio.file.attribute.PosixFilePermissions.fromString(mode));
    return new Planted(
        file,
        () -> {
          Files.delete(file);
          Files.setLastModifiedTime(home, before);
        });
  }

  private Planted edited(List<Path> files, Random random) throws IOException {
    List<Path> editable =
        files.stream()
            .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
            .filter(file -> !records.test(file) && !unlikely.test(file))
            .toList();
    if (editable.isEmpty()) {
      return null;
    }
    Path file = random(editable, random);
    byte[] content = Files.readAllBytes(file);
    FileTime before = Files.getLastModifiedTime(file);
    byte[] other = content.clone();
    if (other.length == 0) {
      other = "x".getBytes(StandardCharsets.UTF_8);
    } else {
      other[random.nextInt(other.length)] ^= 1; // of the same size, which is harder to tell
    }
    Files.write(file, other);
    // An edit that comes later than the tools, which worked within seconds
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plus(Duration.ofMinutes(10))));
    return new Planted(
        file,
        () -> {
          Files.write(file, content);
          Files.setLastModifiedTime(file, before);
        });
  }

  private static Planted renamed(List<Path> files, List<Path> directories, Random random)
      throws IOException {
    List<Path> all = random.nextBoolean() ? files : directories;
    if (all.isEmpty()) {
      return null;
    }
    Path old = random(all, random);
    Path renamed = old.resolveSibling(old.getFileName() + random(List.of(".old", "-mine"), random));
    boolean isEmpty = Files.isDirectory(old, LinkOption.NOFOLLOW_LINKS) && holdsNoFile(old);
    if (isEmpty || Files.exists(renamed, LinkOption.NOFOLLOW_LINKS)) {
      return null; // nobody misses an empty directory
    }
    FileTime before = Files.getLastModifiedTime(old.getParent());
    Files.move(old, renamed);
    return new Planted(
        renamed,
        () -> {
          Files.move(renamed, old);
          Files.setLastModifiedTime(old.getParent(), before);
        });
  }

  private static boolean holdsNoFile(Path directory) throws IOException {
    try (Stream<Path> below = Files.walk(directory)) {
      return below.allMatch(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS));
    }
  }

  private static Planted repository(List<Path> homes, Random random) throws IOException {
    if (homes.isEmpty()) {
      return null;
    }
    Path home = random(homes, random);
    FileTime before = Files.getLastModifiedTime(home);
    Path repository = home.resolve("experiment");
    if (Files.exists(repository, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    Path git = Files.createDirectories(repository.resolve(".git"));
    Files.writeString(git.resolve("HEAD"), "ref: refs/heads/main\n");
    Files.createDirectories(git.resolve("refs"));
    Files.createDirectories(git.resolve("objects"));
    return new Planted(
        repository,
        () -> {
          deleteAll(repository);
          Files.setLastModifiedTime(home, before);
        });
  }

  private static Planted link(List<Path> homes, Random random) throws IOException {
    if (homes.isEmpty()) {
      return null;
    }
    Path home = random(homes, random);
    FileTime before = Files.getLastModifiedTime(home);
    Path link = home.resolve("latest");
    if (Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    Files.createSymbolicLink(link, home.getFileSystem().getPath("/srv/data/latest"));
    return new Planted(
        link,
        () -> {
          Files.delete(link);
          Files.setLastModifiedTime(home, before);
        });
  }

  private static Planted foreignFile(List<Path> homes, Random random) throws IOException {
    boolean isRoot = "root".equals(System.getProperty("user.name"));
    Planted planted = isRoot ? newFile(homes, random, "rw-r--r--") : null;
    if (planted != null) {
      Files.setAttribute(planted.path(), "unix:uid", 12345, LinkOption.NOFOLLOW_LINKS);
    }
    return planted;
  }

  /** What the record accounted for is what is planted: it is no more known than a person's. */
  private Planted withoutRecord(List<Path> files, Random random, int shorter) throws IOException {
    List<Path> all = files.stream().filter(records).toList();
    if (all.isEmpty()) {
      return null;
    }
    Path record = random(all, random);
    byte[] content = Files.readAllBytes(record);
    FileTime before = Files.getLastModifiedTime(record);
    FileTime directory = Files.getLastModifiedTime(record.getParent());
    if (shorter == 0) {
      Files.delete(record);
    } else {
      Files.write(record, java.util.Arrays.copyOf(content, content.length / shorter));
      Files.setLastModifiedTime(record, before);
    }
    return new Planted(
        record,
        () -> {
          Files.write(record, content);
          Files.setLastModifiedTime(record, before);
          Files.setLastModifiedTime(record.getParent(), directory);
        });
  }

  /**
   * Gives everything a new time of its last change of status, which cannot be set back: otherwise
   * what was restored would look as if somebody had edited it.
   */
  private static void renew(List<Path> trees) throws IOException {
    for (Path tree : trees) {
      try (Stream<Path> below = Files.walk(tree)) {
        for (Path path : below.toList()) {
          if (!Files.isSymbolicLink(path)) {
            Files.setPosixFilePermissions(path, Files.getPosixFilePermissions(path));
          }
        }
      }
    }
  }

  private static void deleteAll(Path tree) throws IOException {
    try (Stream<Path> below = Files.walk(tree)) {
      for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static <T> T random(Collection<T> all, Random random) {
    return List.copyOf(all).get(random.nextInt(all.size()));
  }
}
