package dev.lowtide.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A thing of a person's in a tree that tools have made. Closing it unmounts what it mounted.
 *
 * @param path what must not go, or a record
 * @param touched what has to be restored, in this order
 */
public record Plant(Kind kind, Path path, List<Path> touched) implements AutoCloseable {

  /** What can be planted. */
  public enum Kind {
    /** With a name of anybody's, or one like that of a file beside it. */
    NEW_FILE,
    /** In a directory to which nobody may write any more. */
    READ_ONLY_FILE,
    /** With files at some depth. */
    NEW_DIRECTORY,
    /** To a file of a person's elsewhere. */
    SYMBOLIC_LINK,
    /** Of Git, with a commit's worth of files. */
    REPOSITORY,
    EDITED_TO_ANOTHER_SIZE,
    APPENDED_TO,
    EDITED_TO_THE_SAME_SIZE,
    /** Of the same size, and with the time of modification put back. */
    EDITED_UNNOTICED,
    RENAMED,
    /** To another directory of the tree. */
    MOVED,
    /** What a tool made, given to another user; planted by root only. */
    GIVEN_AWAY,
    /** A directory of a person's, bound over one of the tree; planted by root only. */
    MOUNT,
    /** A second name outside of a file inside: that may go, and the other one must stay as is. */
    LINKED_FROM_OUTSIDE,
    RECORD_DELETED,
    RECORD_CUT_OFF,
    /** By one with fewer lines and an older time, as from a backup. */
    RECORD_REPLACED;

    /** Whether only the removal itself shows that nothing is lost, and not the plan. */
    boolean isLostByRemovalOnly() {
      return this == LINKED_FROM_OUTSIDE;
    }

    /** Whether a person loses what the record accounts for, and not the record. */
    boolean isOfARecord() {
      return this == RECORD_DELETED || this == RECORD_CUT_OFF || this == RECORD_REPLACED;
    }

    private boolean needsRoot() {
      return this == GIVEN_AWAY || this == MOUNT;
    }
  }

  /**
   * Where something can be planted.
   *
   * @param files that can be renamed
   * @param movedFiles that can be moved
   * @param directories that can be renamed and mounted over
   * @param movedDirectories that can be moved
   * @param homes that can get something new
   * @param edited files that can be edited
   * @param records by which tools account for others
   */
  record Places(
      List<Path> files,
      List<Path> movedFiles,
      List<Path> directories,
      List<Path> movedDirectories,
      List<Path> homes,
      List<Path> edited,
      List<Path> records) {}

  private static final List<String> NAMES =
      List.of(
          "notes.txt",
          "results.csv",
          "todo.md",
          "data.json",
          "helper.py",
          "settings.toml",
          "main.c",
          "util.h",
          "main.rs",
          "model.pkl",
          "dump.sql",
          "thesis.tex",
          "plot.png",
          "README",
          "deploy.sh",
          "backup.tar.gz",
          "x.p",
          "foo.o",
          "libvendor.a",
          "weights.bin",
          "search.index",
          "3.25.1-mine",
          "thesis-0123456789abcdef.txt",
          ".env",
          "output",
          "x.d",
          "config.h",
          "run.log");

  private static final List<String> DIRECTORIES =
      List.of(
          "data/2024/x.csv",
          "runs/1/loss.dat",
          "3.25.1-mine/CMakeSystem.cmake",
          "gen.dir/x~",
          "x.p/notes.txt",
          "old.libs/libx.so",
          "backup-0123456789abcdef/lib.rs",
          "drafts/draft.c");

  private static final List<String> LIKE =
      List.of("%s.old", "%s~", "%s.bak", "%s-mine", "my-%s", "%s.orig", "%s (copy)", "%s.1");

  /** Tools work within seconds; a person edits what they have made later. */
  private static final Duration LATER = Duration.ofMinutes(10);

  /** The longest that an account takes for the work of one tool. */
  private static final Duration MOMENT = Duration.ofMillis(2100);

  /** Nothing if there is nothing of which this could be made, or another attempt may succeed. */
  static Optional<Plant> plant(Kind kind, Places places, PristineCopy copy, Random random)
      throws IOException {
    if (kind.needsRoot() && !ChildProcess.isRoot()) {
      return Optional.empty();
    }
    return Optional.ofNullable(make(kind, places, copy, random));
  }

  private static Plant make(Kind kind, Places places, PristineCopy copy, Random random)
      throws IOException {
    return switch (kind) {
      case NEW_FILE -> newFile(kind, places, random);
      case READ_ONLY_FILE -> readOnly(kind, places, random);
      case NEW_DIRECTORY -> newDirectory(kind, places, random);
      case SYMBOLIC_LINK -> symbolicLink(kind, places, random);
      case REPOSITORY -> repository(kind, places, random);
      case EDITED_TO_ANOTHER_SIZE, APPENDED_TO, EDITED_TO_THE_SAME_SIZE, EDITED_UNNOTICED ->
          edited(kind, places, copy, random);
      case RENAMED, MOVED -> moved(kind, places, random);
      case GIVEN_AWAY -> givenAway(kind, places, random);
      case MOUNT -> mount(kind, places, copy, random);
      case LINKED_FROM_OUTSIDE -> linked(kind, places, copy, random);
      case RECORD_DELETED, RECORD_CUT_OFF, RECORD_REPLACED -> record(kind, places, random);
    };
  }

  /** Whether something goes with it, or a part of it goes. */
  boolean isHeldBy(Path item) {
    return path.startsWith(item) || (item.startsWith(path) && !hasRemadeBytecode(item));
  }

  /** Whether an item is bytecode beside its source, which moved with it. */
  boolean hasRemadeBytecode(Path item) {
    return (kind == Kind.RENAMED || kind == Kind.MOVED)
        && item.startsWith(path)
        && item.getFileName().toString().equals("__pycache__");
  }

  /** After a plan was carried out. */
  void assertThatItIsThere(String what) {
    assertThat(PristineCopy.exists(path) || kind.isOfARecord()).as(what).isTrue();
    if (kind == Kind.MOUNT || kind == Kind.LINKED_FROM_OUTSIDE) {
      Path file = kind == Kind.MOUNT ? path.resolve("thesis.tex") : path;
      assertThat(file).as(what).exists().isNotEmptyFile();
    }
  }

  @Override
  public void close() {
    if (kind == Kind.MOUNT) {
      ChildProcess.run(path.getParent(), "umount", path.toString());
    }
  }

  /** A name that anybody gives, or one like those around. */
  private static Path newName(Path home, List<String> names, Random random) throws IOException {
    List<String> around = new ArrayList<>();
    try (Stream<Path> children = Files.list(home)) {
      children.map(child -> child.getFileName().toString()).sorted().forEach(around::add);
    }
    if (around.isEmpty() || random.nextBoolean()) {
      return home.resolve(any(names, random));
    }
    String like = any(around, random);
    int dot = like.lastIndexOf('.');
    return home.resolve(
        dot > 0 && random.nextBoolean()
            ? like.substring(0, dot) + "2" + like.substring(dot)
            : any(LIKE, random).formatted(like));
  }

  private static Plant newFile(Kind kind, Places places, Random random) throws IOException {
    Path file = newName(any(places.homes(), random), NAMES, random);
    if (PristineCopy.exists(file)) {
      return null;
    }
    Files.writeString(file, "the only copy");
    Instant copied = Instant.parse("2020-02-02T02:02:02Z"); // as cp -p and tar leave it
    PristineCopy.setModified(
        file, FileTime.from(random.nextBoolean() ? copied : Instant.now().plus(LATER)));
    return new Plant(kind, file, List.of(file));
  }

  private static Plant readOnly(Kind kind, Places places, Random random) throws IOException {
    Plant plant = newFile(kind, places, random);
    if (plant == null) {
      return null;
    }
    Path home = plant.path().getParent();
    Files.setPosixFilePermissions(plant.path(), PosixFilePermissions.fromString("r--r--r--"));
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("r-xr-xr-x"));
    return new Plant(kind, plant.path(), List.of(home, plant.path()));
  }

  private static Plant newDirectory(Kind kind, Places places, Random random) throws IOException {
    Path home = any(places.homes(), random);
    boolean isLikeAnother = random.nextBoolean();
    Path file =
        isLikeAnother
            ? newName(home, List.of("drafts"), random).resolve("notes.txt")
            : home.resolve(any(DIRECTORIES, random));
    Path top = home.resolve(home.relativize(file).getName(0));
    if (PristineCopy.exists(top)) {
      return null;
    }
    Files.createDirectories(file.getParent());
    Files.writeString(file, "the only copy");
    return new Plant(kind, file, List.of(top));
  }

  private static Plant symbolicLink(Kind kind, Places places, Random random) throws IOException {
    Path link = newName(any(places.homes(), random), List.of("latest", "data.csv"), random);
    if (PristineCopy.exists(link)) {
      return null;
    }
    Files.createSymbolicLink(link, Path.of(any(List.of("/etc/hostname", "/srv/data"), random)));
    return new Plant(kind, link, List.of(link));
  }

  private static Plant repository(Kind kind, Places places, Random random) throws IOException {
    Path repository = newName(any(places.homes(), random), List.of("experiment"), random);
    if (PristineCopy.exists(repository)) {
      return null;
    }
    Files.createDirectories(repository);
    ChildProcess.run(repository, "git", "init", "-q");
    Files.writeString(repository.resolve("model.py"), "print()\n");
    return new Plant(kind, repository, List.of(repository));
  }

  private static Plant edited(Kind kind, Places places, PristineCopy copy, Random random)
      throws IOException {
    if (places.edited().isEmpty()) {
      return null;
    }
    Path file = any(places.edited(), random);
    byte[] content = Files.readAllBytes(file);
    if (kind == Kind.EDITED_UNNOTICED) {
      copy.waitUntilPast(MOMENT);
    }
    FileTime before = Files.getLastModifiedTime(file);
    FileTime time = FileTime.from(Instant.now().plus(LATER));
    switch (kind) {
      case APPENDED_TO -> Files.writeString(file, "# mine\n", StandardOpenOption.APPEND);
      case EDITED_TO_ANOTHER_SIZE ->
          Files.write(
              file,
              content.length > 8
                  ? Arrays.copyOf(content, content.length / 2)
                  : "mine".getBytes(StandardCharsets.UTF_8));
      default -> {
        if (content.length == 0) {
          return null;
        }
        content[random.nextInt(content.length)] ^= 1;
        Files.write(file, content);
        time = kind == Kind.EDITED_UNNOTICED ? before : time;
      }
    }
    Files.setLastModifiedTime(file, time);
    return new Plant(kind, file, List.of(file));
  }

  private static Plant moved(Kind kind, Places places, Random random) throws IOException {
    boolean isFile = random.nextInt(3) > 0;
    List<Path> all =
        kind == Kind.MOVED
            ? (isFile ? places.movedFiles() : places.movedDirectories())
            : (isFile ? places.files() : places.directories());
    if (all.isEmpty()) {
      return null;
    }
    Path old = any(all, random);
    Path to =
        kind == Kind.MOVED
            ? any(places.homes(), random).resolve(old.getFileName())
            : old.resolveSibling(any(LIKE, random).formatted(old.getFileName()));
    boolean isEmpty = Files.isDirectory(old, LinkOption.NOFOLLOW_LINKS) && holdsNoFile(old);
    if (isEmpty || PristineCopy.exists(to) || to.startsWith(old)) {
      return null; // nobody misses an empty directory
    }
    Files.move(old, to);
    return new Plant(kind, to, List.of(to, old));
  }

  private static boolean holdsNoFile(Path directory) throws IOException {
    try (Stream<Path> below = Files.walk(directory)) {
      return below.allMatch(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS));
    }
  }

  private static Plant givenAway(Kind kind, Places places, Random random) throws IOException {
    if (places.files().isEmpty()) {
      return null;
    }
    Path file = any(places.files(), random);
    Files.setAttribute(file, "unix:uid", 12345, LinkOption.NOFOLLOW_LINKS);
    return new Plant(kind, file, List.of(file));
  }

  private static Plant mount(Kind kind, Places places, PristineCopy copy, Random random)
      throws IOException {
    if (places.directories().isEmpty()) {
      return null;
    }
    Path over = any(places.directories(), random);
    Files.writeString(copy.outside().resolve("thesis.tex"), "the only copy");
    Process mount =
        new ProcessBuilder("mount", "--bind", copy.outside().toString(), over.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      // Without the right to mount, this kind is left out
      return mount.waitFor() == 0 ? new Plant(kind, over, List.of()) : null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Plant linked(Kind kind, Places places, PristineCopy copy, Random random)
      throws IOException {
    List<Path> files =
        places.files().stream()
            .filter(PristineCopy::isFile)
            .filter(file -> file.toFile().length() > 0)
            .toList();
    if (files.isEmpty()) {
      return null;
    }
    Path file = any(files, random);
    Path link = copy.outside().resolve("link-" + Integer.toHexString(file.hashCode()));
    Files.createLink(link, file);
    return new Plant(kind, link, List.of(link, file));
  }

  private static Plant record(Kind kind, Places places, Random random) throws IOException {
    if (places.records().isEmpty()) {
      return null;
    }
    Path record = any(places.records(), random);
    byte[] content = Files.readAllBytes(record);
    FileTime before = Files.getLastModifiedTime(record);
    if (kind == Kind.RECORD_DELETED) {
      Files.delete(record);
    } else if (kind == Kind.RECORD_CUT_OFF) {
      Files.write(record, Arrays.copyOf(content, content.length / 2));
      Files.setLastModifiedTime(record, before);
    } else {
      List<String> lines =
          new ArrayList<>(new String(content, StandardCharsets.ISO_8859_1).lines().toList());
      if (lines.size() < 3) {
        return null; // what is left of it may still say all
      }
      for (int i = lines.size() / 4; i >= 0 && !lines.isEmpty(); i--) {
        lines.remove(random.nextInt(lines.size()));
      }
      Files.write(record, lines, StandardCharsets.ISO_8859_1);
      Files.setLastModifiedTime(
          record, FileTime.from(before.toInstant().minus(Duration.ofHours(1))));
    }
    return new Plant(kind, record, List.of(record));
  }

  private static <T> T any(List<T> all, Random random) {
    return all.get(random.nextInt(all.size()));
  }
}
