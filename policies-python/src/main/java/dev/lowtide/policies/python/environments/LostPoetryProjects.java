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
 * Projects that certainly no longer exist, although Poetry still keeps an environment for them
 * elsewhere.
 *
 * <p>Poetry 1 and 2 call an environment {@code NAME-HASH-pyX.Y}, after the name of the project and
 * the hash of its path ({@code generate_env_name}). A hash does not reveal the path, but a given
 * path can be compared with it. So a project is gone if some path in a searched root ends with its
 * name and has its hash, and nothing exists at that path. The project of any other environment may
 * still exist somewhere.
 */
final class LostPoetryProjects {
  private static final Pattern ENVIRONMENT =
      Pattern.compile("(?<name>.{1,42})-(?<hash>[0-9A-Za-z_-]{8})-py[0-9]+\\.[0-9]+");

  private static final int HASH_LENGTH = 8;

  private final Map<String, Path> lost = new HashMap<>();

  private LostPoetryProjects() {}

  /** The project of an environment if it is certainly gone. */
  static Optional<Path> of(Entry environment, PolicyContext context) {
    LostPoetryProjects projects =
        context.derived(LostPoetryProjects.class, LostPoetryProjects::find);
    return matchName(environment)
        .flatMap(name -> Optional.ofNullable(projects.lost.get(name.group("hash"))));
  }

  private static Optional<Matcher> matchName(Entry environment) {
    return Optional.of(ENVIRONMENT.matcher(environment.name())).filter(Matcher::matches);
  }

  private static LostPoetryProjects find(PolicyContext context) {
    LostPoetryProjects projects = new LostPoetryProjects();
    List<Snapshot> roots =
        context.planned().entrySet().stream()
            .filter(planned -> planned.getKey().kind() == CleanupTarget.Kind.WORKSPACE)
            .map(Map.Entry::getValue)
            .toList();
    Map<String, Set<String>> hashesByName = new TreeMap<>();
    roots.stream()
        .flatMap(SourceTree::entries)
        .filter(VirtualEnvironments::isVirtualEnvironment)
        .flatMap(environment -> matchName(environment).stream())
        .forEach(
            name ->
                hashesByName
                    .computeIfAbsent(name.group("name"), any -> new TreeSet<>())
                    .add(name.group("hash")));
    // On Windows, Poetry hashes the path as Python's os.path.normcase() changes it; hash() does not
    // change it so, and would find nothing
    if (!hashesByName.isEmpty() && context.host().operatingSystem() != OperatingSystem.WINDOWS) {
      roots.forEach(root -> projects.search(root, hashesByName, context.host()));
    }
    return projects;
  }

  /**
   * Searches only directories that contain others: an empty one may be the mount point of a disk
   * that is not mounted now.
   */
  private void search(Snapshot root, Map<String, Set<String>> hashesByName, HostEnvironment host) {
    Optional<Path> real = host.real(root.rootPath());
    Stream.concat(Stream.of(root.root()), SourceTree.entries(root))
        .filter(directory -> real.isPresent() && directory.holdsDirectories())
        .filter(directory -> !SourceTree.isSkipped(directory))
        .forEach(
            directory -> {
              Path parent = real.get().resolve(directory.relativePath());
              hashesByName.forEach(
                  (name, hashes) ->
                      directoryNames(name)
                          .filter(each -> hashes.contains(hash(parent.resolve(each))))
                          .filter(each -> directory.child(each).isEmpty())
                          .map(parent::resolve)
                          .filter(project -> isGone(project, host))
                          .forEach(project -> lost.put(hash(project), project)));
            });
  }

  /** The usual names of a project's directory. */
  private static Stream<String> directoryNames(String name) {
    return Stream.of(name, name.replace('-', '_'), name.replace('_', '-')).distinct();
  }

  /** A project in a working copy is not gone: another commit may contain it. */
  private static boolean isGone(Path project, HostEnvironment host) {
    return host.isGone(project) && host.projectAround(project).isEmpty();
  }

  private static String hash(Path project) {
    byte[] hash = Hashing.sha256().hashString(project.toString(), StandardCharsets.UTF_8).asBytes();
    return BaseEncoding.base64Url().encode(hash).substring(0, HASH_LENGTH);
  }
}
