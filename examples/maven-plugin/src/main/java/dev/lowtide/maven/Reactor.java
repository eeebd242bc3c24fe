package dev.lowtide.maven;

import dev.lowtide.verify.DiskLocation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.apache.maven.project.MavenProject;

/**
 * The directories of all projects of a build.
 *
 * @param directories those of the projects, without those that are inside another one
 * @param buildDirectories where the projects put what they build
 */
record Reactor(List<Path> directories, List<Path> buildDirectories) {

  /** Symbolic links are resolved: a project behind a link is measured, not the link. */
  static Reactor of(Collection<MavenProject> projects) throws IOException {
    TreeSet<Path> all = new TreeSet<>(); // so that a directory comes before what is in it
    List<Path> buildDirectories = new ArrayList<>();
    for (MavenProject project : projects) {
      Path directory = project.getBasedir().toPath();
      Path real = directory.toRealPath();
      Path build = Path.of(project.getBuild().getDirectory());
      all.add(real);
      buildDirectories.add(
          build.startsWith(directory) ? real.resolve(directory.relativize(build)) : build);
    }
    List<Path> outermost = new ArrayList<>();
    for (Path directory : all) {
      if (outermost.stream().noneMatch(directory::startsWith)) {
        outermost.add(directory);
      }
    }
    return new Reactor(List.copyOf(outermost), buildDirectories);
  }

  /** Where nothing may change, except in the build directories. */
  List<DiskLocation> locations() {
    List<DiskLocation> locations = new ArrayList<>();
    for (Path directory : directories) {
      String name = locations.isEmpty() ? "workspace" : "workspace-" + (locations.size() + 1);
      locations.add(withoutBuilds(DiskLocation.unchanged(name, directory)));
    }
    return locations;
  }

  /** A location without the build directories in it. */
  DiskLocation withoutBuilds(DiskLocation location) {
    DiskLocation without = location;
    for (Path build : buildDirectories) {
      without = without.excepting(build);
    }
    return without;
  }
}
