package dev.lowtide.policies.python.environments;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.probe.Snapshot;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Editable installs: environments import from the directory of a project, so removing parts of it
 * breaks them. They are recorded by {@code *.egg-link} and {@code *.pth} files (setuptools, {@code
 * site}), by {@code direct_url.json} (PEP 610), and by the import hooks of setuptools,
 * scikit-build-core, meson-python and hatchling. All targets of the plan and all {@linkplain
 * KnownEnvironments known} environments of the machine are searched.
 */
public final class EditableInstalls {
  private static final int MAX_TEXT = 1 << 20;
  private static final Pattern EDITABLE = Pattern.compile("\"editable\"\\s*:\\s*true");
  private static final Pattern URL = Pattern.compile("\"url\"\\s*:\\s*\"([^\"\\\\]*)\"");

  /**
   * {@code __editable___NAME_finder.py} of setuptools 64 to 84, {@code _NAME_editable.py} of
   * scikit-build-core, {@code _NAME_editable_loader.py} of meson-python, {@code
   * _editable_impl_NAME.py} of editables, which hatchling uses.
   */
  private static final Pattern IMPORT_HOOK = Pattern.compile("_.*editable.*\\.py");

  /** The absolute paths in an import hook, as literals of Python. */
  private static final Pattern LITERAL =
      Pattern.compile("(['\"])((?:/|[A-Za-z]:[/\\\\])[^'\"\\r\\n]*)\\1");

  /** {@code /C:/project}, the path of a URL. */
  private static final Pattern DRIVE = Pattern.compile("/[A-Za-z]:.*");

  private final HostEnvironment host;
  private final List<Install> installs = new ArrayList<>();
  private final List<Path> unreadable;

  /**
   * A reference from an environment to sources or to a build tree.
   *
   * @param file the file with the reference
   * @param directory the directory to which it refers, with links resolved if it exists
   * @param removableEnvironment the environment that contains the file, if this plan may remove it
   * @param wasRead false if the file could not be read, so that it may refer to anything
   */
  public record Install(
      Path file, Path directory, Optional<Path> removableEnvironment, boolean wasRead) {}

  private EditableInstalls(PolicyContext context) {
    host = context.host();
    Set<Path> environments = new LinkedHashSet<>();
    context
        .planned()
        .forEach(
            (target, snapshot) -> {
              if (target.kind() == CleanupTarget.Kind.WORKSPACE) {
                VirtualEnvironments.removable(snapshot, host).forEach(environments::add);
              }
            });
    Set<Path> seen = new LinkedHashSet<>();
    for (Snapshot snapshot : context.planned().values()) {
      snapshot
          .entries()
          .filter(entry -> entry.isFile() && mayRefer(entry.name()))
          .filter(entry -> seen.add(entry.path()))
          .forEach(
              entry -> {
                Path file = entry.path();
                Optional<Path> removableEnvironment =
                    environments.stream().filter(file::startsWith).findFirst();
                add(file, entry.text(MAX_TEXT), removableEnvironment);
              });
    }
    KnownEnvironments knownEnvironments =
        KnownEnvironments.on(
            host, context.planned().keySet().stream().map(CleanupTarget::root).toList());
    unreadable = new ArrayList<>(knownEnvironments.unreadable());
    for (Path named : knownEnvironments.packageDirectories()) {
      // lib64 of an environment links to lib, which was searched above if the plan may remove it
      Path site = host.resolved(named);
      Optional<List<Path>> files = host.list(site);
      files.ifPresentOrElse(list -> addSite(list, seen), () -> unreadable.add(site));
    }
  }

  /** All editable installs, searched once for each plan. */
  public static EditableInstalls of(PolicyContext context) {
    return context.derived(EditableInstalls.class, EditableInstalls::new);
  }

  private void addSite(List<Path> children, Set<Path> seen) {
    for (Path child : children) {
      String name = child.getFileName().toString();
      Path file = name.endsWith(".dist-info") ? child.resolve("direct_url.json") : child;
      if (mayRefer(file.getFileName().toString()) && seen.add(file)) {
        add(file, host.configuration(file), Optional.empty());
      }
    }
  }

  private static boolean mayRefer(String name) {
    return name.endsWith(".egg-link")
        || name.endsWith(".pth")
        || name.equals("direct_url.json")
        || IMPORT_HOOK.matcher(name).matches();
  }

  private void add(Path file, Optional<String> content, Optional<Path> removableEnvironment) {
    content.stream()
        .flatMap(text -> paths(file.getFileName().toString(), text))
        .flatMap(path -> directory(file, path).stream())
        .forEach(
            directory -> installs.add(new Install(file, directory, removableEnvironment, true)));
  }

  private static Stream<String> paths(String name, String text) {
    if (name.endsWith(".egg-link")) {
      return lines(text).limit(1);
    } else if (name.endsWith(".pth")) {
      return lines(text).filter(line -> !line.startsWith("#") && !line.startsWith("import "));
    } else if (name.equals("direct_url.json")) {
      return Optional.of(text)
          .filter(json -> EDITABLE.matcher(json).find())
          .map(URL::matcher)
          .filter(Matcher::find)
          .flatMap(url -> pathOf(url.group(1)))
          .stream();
    }
    return LITERAL.matcher(text).results().map(EditableInstalls::literal).distinct();
  }

  private static String literal(MatchResult found) {
    return found.group(2).replace("\\\\", "\\");
  }

  private static Stream<String> lines(String text) {
    return text.lines().map(String::strip).filter(line -> !line.isEmpty());
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

  /**
   * The directory that a path names; relative paths begin at the file's directory, as in {@code
   * site}.
   */
  private Optional<Path> directory(Path file, String path) {
    try {
      Path named = file.resolveSibling(file.getFileSystem().getPath(path));
      // A link that normalize() does not resolve can only cause more to be kept
      return Optional.of(host.real(named).orElseGet(named::normalize));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * The installs that refer to a directory of sources, or to its parent, which is the project in a
   * src layout.
   */
  public List<Install> referringTo(Path directory) {
    return matching(
        directory,
        (install, real) ->
            install.directory().equals(real) || install.directory().equals(real.getParent()));
  }

  /**
   * The installs that refer to a project or to a directory in it, such as {@code src}, except those
   * that refer to the environment that contains them.
   */
  public List<Install> referringToPartsOf(Path project) {
    return matching(
        project,
        (install, real) ->
            install.directory().startsWith(real)
                && !install.directory().startsWith(install.file().getParent()));
  }

  /** The installs outside a directory that refer to it or to something below it. */
  public List<Install> referringInto(Path directory) {
    return matching(
        directory,
        (install, real) ->
            install.directory().startsWith(real) && !install.file().startsWith(real));
  }

  private List<Install> matching(Path path, BiPredicate<Install, Path> condition) {
    Path real = host.resolved(path);
    return Stream.concat(
            unreadable.stream().map(place -> new Install(place, real, Optional.empty(), false)),
            installs.stream().filter(install -> condition.test(install, real)))
        .toList();
  }

  /**
   * Restricts a candidate that environments refer to: it is withheld if one of them is kept, and
   * otherwise removed after all of them.
   *
   * @param why gives the reason for withholding the candidate; its argument is the file that refers
   *     to the candidate
   */
  public static Candidate restrict(
      List<Install> installs, Candidate candidate, Function<Path, String> why) {
    Candidate restricted = candidate;
    for (Install install : installs) {
      if (install.removableEnvironment().isEmpty()) {
        Path file = install.file();
        return candidate.withheld(
            install.wasRead()
                ? why.apply(file)
                : "an environment may use it, but this cannot be read: " + file);
      }
      Path environment = install.removableEnvironment().get();
      // An environment inside the candidate is removed with it
      if (!environment.startsWith(candidate.path()) && !restricted.after().contains(environment)) {
        restricted = restricted.onlyAfter(environment);
      }
    }
    return restricted;
  }
}
