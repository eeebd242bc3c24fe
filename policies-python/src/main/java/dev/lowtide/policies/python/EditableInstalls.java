package dev.lowtide.policies.python;

import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Directories that are installed where they are, so that removing parts of them breaks an
 * environment: {@code *.egg-link} and {@code *.pth} files (setuptools, {@code site}) and {@code
 * direct_url.json} (PEP 610), anywhere in a snapshot. Of environments outside it nothing is known.
 */
final class EditableInstalls {
  private static final int MOST_TEXT = 1 << 16;
  private static final Pattern EDITABLE = Pattern.compile("\"editable\"\\s*:\\s*true");
  private static final Pattern URL = Pattern.compile("\"url\"\\s*:\\s*\"([^\"\\\\]*)\"");

  /** {@code /C:/project}, as the path of a URL has it. */
  private static final Pattern DRIVE = Pattern.compile("/[A-Za-z]:.*");

  private final List<Reference> references;

  private record Reference(Path file, Path directory) {}

  private EditableInstalls(List<Reference> references) {
    this.references = references;
  }

  /** All that a snapshot refers to. */
  static EditableInstalls in(Snapshot snapshot) {
    return new EditableInstalls(
        snapshot.entries().filter(Entry::isFile).flatMap(EditableInstalls::references).toList());
  }

  private static Stream<Reference> references(Entry file) {
    String name = file.name();
    if (name.endsWith(".egg-link")) {
      return lines(file).limit(1).flatMap(line -> reference(file, line).stream());
    } else if (name.endsWith(".pth")) {
      return lines(file)
          .filter(line -> !line.startsWith("#") && !line.startsWith("import "))
          .flatMap(line -> reference(file, line).stream());
    } else if (name.equals("direct_url.json")) {
      return file
          .text(MOST_TEXT)
          .filter(text -> EDITABLE.matcher(text).find())
          .map(URL::matcher)
          .filter(Matcher::find)
          .flatMap(url -> pathOf(url.group(1)))
          .flatMap(path -> reference(file, path))
          .stream();
    }
    return Stream.empty();
  }

  private static Stream<String> lines(Entry file) {
    return file.text(MOST_TEXT).stream()
        .flatMap(String::lines)
        .map(String::strip)
        .filter(line -> !line.isEmpty());
  }

  private static Optional<String> pathOf(String url) {
    try {
      URI uri = new URI(url);
      return Optional.ofNullable("file".equals(uri.getScheme()) ? uri.getPath() : null)
          .map(path -> DRIVE.matcher(path).matches() ? path.substring(1) : path);
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** Relative paths are relative to the directory with the file, as {@code site} has them. */
  private static Optional<Reference> reference(Entry file, String path) {
    Path from = file.path();
    FileSystem fileSystem = from.getFileSystem();
    try {
      // Never used to remove anything, so a link that normalising misses keeps too much at worst
      Path directory = from.resolveSibling(fileSystem.getPath(path)).normalize();
      return Optional.of(new Reference(from, directory));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The file that refers to a directory itself or to the one that holds it, as for src layouts. */
  Optional<Path> referringTo(Path project) {
    List<Path> projects = new ArrayList<>();
    projects.add(project);
    if (project.getParent() != null) {
      projects.add(project.getParent());
    }
    return first(reference -> projects.contains(reference.directory()));
  }

  /**
   * The file that refers to a project or to a directory of it, such as {@code src}; not one that
   * refers to what lies beside itself, in an environment of the project.
   */
  Optional<Path> referringToAnythingOf(Path project) {
    return first(
        reference ->
            reference.directory().startsWith(project)
                && !reference.directory().startsWith(reference.file().getParent()));
  }

  /** The file that refers to a directory or to something below it. */
  Optional<Path> referringInto(Path directory) {
    return first(
        reference ->
            reference.directory().startsWith(directory) && !reference.file().startsWith(directory));
  }

  private Optional<Path> first(Predicate<Reference> condition) {
    return references.stream().filter(condition).map(Reference::file).findFirst();
  }
}
