package dev.lowtide.policies.rust.builds;

import dev.lowtide.HostEnvironment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The versions of packages that a workspace uses, from its {@code Cargo.lock}. It proves that a
 * version has been replaced, but not that one is needed. Only a registry gives each version its own
 * sources, so the file proves nothing of a package in a directory or in a repository.
 */
final class LockedVersions {
  static final LockedVersions UNKNOWN = new LockedVersions();

  /** As cargo writes all versions of the file. */
  private static final Pattern PACKAGE =
      Pattern.compile(
          "^\\[\\[package]]\\R+name = \"([^\"]+)\"\\R+version = \"([^\"]+)\"$"
              + "(\\R+source = \"(?:registry|sparse)\\+)?",
          Pattern.MULTILINE);

  private final Map<String, Set<String>> versions = new HashMap<>();
  private final Set<String> elsewhere = new HashSet<>();

  private LockedVersions() {}

  static LockedVersions of(Path workspace, HostEnvironment host) {
    LockedVersions locked = new LockedVersions();
    Matcher found = PACKAGE.matcher(host.configuration(workspace.resolve("Cargo.lock")).orElse(""));
    while (found.find()) {
      locked.versions.computeIfAbsent(found.group(1), any -> new HashSet<>()).add(found.group(2));
      if (found.group(3) == null) {
        locked.elsewhere.add(found.group(1));
      }
    }
    return locked;
  }

  boolean isEmpty() {
    return versions.isEmpty();
  }

  /** Whether the workspace uses this version of a package. */
  boolean has(String packageName, String version) {
    return versions.getOrDefault(packageName, Set.of()).contains(version);
  }

  /** Whether the workspace uses other versions of a package only, all of them from a registry. */
  boolean hasOther(String packageName, String version) {
    return versions.containsKey(packageName)
        && !elsewhere.contains(packageName)
        && !has(packageName, version);
  }
}
