package dev.lowtide.policies.python.environments;

import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The projects of environments that Poetry keeps away from them, as far as it is certain that they
 * are gone.
 *
 * <p>Poetry 1 and 2 call an environment {@code NAME-HASH-pyX.Y}, by the name of the project and the
 * hash of its path ({@code generate_env_name}). A hash does not tell the path, but a path can be
 * compared with it. So a project is known to be gone if the hash is that of a path in a named root
 * that ends with the project's name, and nothing is there. Every other project may be anywhere.
 */
final class LostPoetryProjects {
  private static final Pattern ENVIRONMENT =
      Pattern.compile("(?<name>.{1,42})-(?<hash>[0-9A-Za-z_-]{8})-py[0-9]+\\.[0-9]+");

  private static final int HASH = 8;

  private final Map<String, Path> lost = new HashMap<>();

  private LostPoetryProjects() {}

  /** The project of an environment if it is certainly gone. */
  static Optional<Path> of(Entry environment, PolicyContext context) {
    LostPoetryProjects projects =
        context.derived(LostPoetryProjects.class, LostPoetryProjects::find);
    return name(environment)
        .flatMap(name -> Optional.ofNullable(projects.lost.get(name.group("hash"))));
  }

  private static Optional<Matcher> name(Entry environment) {
    return Optional.of(ENVIRONMENT.matcher(environment.name())).filter(Matcher::matches);
  }

  private static LostPoetryProjects find(PolicyContext context) {
    LostPoetryProjects projects = new LostPoetryProjects();
    List<Snapshot> roots =
        context.planned().entrySet().stream()
            .filter(planned -> planned.getKey().kind() == CleanupTarget.Kind.WORKSPACE)
            .map(Map.Entry::getValue)
            .toList();
    Map<String, Set<String>> wanted = new TreeMap<>();
    roots.stream()
        .flatMap(SourceTree::entries)
        .filter(VirtualEnvironments::isOne)
        .flatMap(environment -> name(environment).stream())
        .forEach(
            name ->
                wanted
                    .computeIfAbsent(name.group("name"), any -> new TreeSet<>())
                    .add(name.group("hash")));
    // Windows ignores case in a way that only Python knows
    if (!wanted.isEmpty() && context.host().operatingSystem() != OperatingSystem.WINDOWS) {
      roots.forEach(root -> projects.search(root, wanted, context.host()));
    }
    return projects;
  }

  /**
   * Searches directories that hold others: an empty one may be where a disk is mounted at times.
   */
  private void search(Snapshot root, Map<String, Set<String>> wanted, HostEnvironment host) {
    Optional<Path> real = host.real(root.rootPath());
    Stream.concat(Stream.of(root.root()), SourceTree.entries(root))
        .filter(directory -> real.isPresent() && directory.holdsDirectories())
        .filter(directory -> !SourceTree.isClosed(directory))
        .forEach(
            directory -> {
              Path parent = real.get().resolve(directory.relativePath());
              wanted.forEach(
                  (name, hashes) ->
                      spellings(name)
                          .filter(each -> hashes.contains(hash(parent.resolve(each))))
                          .filter(each -> directory.child(each).isEmpty())
                          .map(parent::resolve)
                          .filter(project -> isGone(project, host))
                          .forEach(project -> lost.put(hash(project), project)));
            });
  }

  /** The usual names of a project's directory. */
  private static Stream<String> spellings(String name) {
    return Stream.of(name, name.replace('-', '_'), name.replace('_', '-')).distinct();
  }

  /** In a working copy, another commit may have the project. */
  private static boolean isGone(Path project, HostEnvironment host) {
    return host.isGone(project) && host.projectAround(project).isEmpty();
  }

  private static String hash(Path project) {
    byte[] hash = Hashing.sha256().hashString(project.toString(), StandardCharsets.UTF_8).asBytes();
    return BaseEncoding.base64Url().encode(hash).substring(0, HASH);
  }
}
