package dev.lowtide.guard;

import com.google.common.base.Splitter;
import dev.lowtide.Printable;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.probe.Entry;
import dev.lowtide.shared.Ownership;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Checks the repositories in a directory that Lowtide made for a build. Builds clone their
 * dependencies; such a clone may be removed as long as nobody has committed or stashed anything in
 * it.
 */
final class DisposableClones {
  /** The reflog messages of {@code git clone}, {@code git worktree add} and pip, Git 2.39. */
  private static final List<String> HARMLESS =
      List.of("clone: ", "checkout: ", "fetch", "branch: ", "reset: ", "submodule");

  private static final int MAX_LOG = 1 << 16;
  private static final int MAX_LINK = 1 << 12;

  private DisposableClones() {}

  /** The objection to the first repository that is more than a clone; empty if there is none. */
  static Optional<String> objection(Entry owned) {
    for (Iterator<Entry> all = owned.entries().iterator(); all.hasNext(); ) {
      Entry entry = all.next();
      if (GitRepository.isRepository(entry) || GitRepository.isBare(entry)) {
        Optional<String> objection = objection(owned, entry);
        if (objection.isPresent()) {
          return objection.map(
              why ->
                  "it contains the repository "
                      + Printable.of(entry.path())
                      + ", "
                      + why
                      + "; if you do not need it, remove it by hand");
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> objection(Entry owned, Entry repository) {
    if (VersionControl.isOne(repository)) {
      return Optional.of("which may contain work that is nowhere else");
    } else if (!repository.isDirectory()) {
      return leadsInto(owned, repository)
          ? Optional.empty()
          : Optional.of("which belongs to one elsewhere");
    }
    for (Entry entry : (Iterable<Entry>) repository.entries()::iterator) {
      if (entry.isFile() && entry.name().equals("stash")) {
        return Optional.of("which has a stash");
      } else if (entry.isDirectory() && entry.name().equals("logs")) {
        Optional<Entry> used =
            entry.entries().filter(Entry::isFile).filter(log -> !isHarmless(log)).findFirst();
        if (used.isPresent()) {
          return used.map(log -> "in which work was done: " + Printable.of(log.path()));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Whether the file {@code .git} of a linked working tree names a repository that Lowtide made
   * too: one in the same directory, or in a directory above it that also has the marker.
   */
  private static boolean leadsInto(Entry owned, Entry link) {
    String prefix = "gitdir: ";
    Optional<String> text =
        link.text(MAX_LINK).filter(each -> each.startsWith(prefix) && !each.contains(".."));
    if (text.isEmpty()) {
      return false;
    }
    try {
      Path repository = owned.path().resolve(text.get().substring(prefix.length()).strip());
      return repository.startsWith(owned.path())
          || (Stream.iterate(owned.path().getParent(), Objects::nonNull, Path::getParent)
                  .anyMatch(above -> repository.startsWith(above) && Ownership.isOwned(above))
              && isHarmless(repository.resolve("logs").resolve("HEAD")));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static boolean isHarmless(Path log) {
    try {
      return isHarmless(ForeignFile.at(log).text(MAX_LOG));
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isHarmless(Entry log) {
    Optional<String> text = log.size() > MAX_LOG ? Optional.empty() : log.text(MAX_LOG);
    return text.filter(DisposableClones::isHarmless).isPresent();
  }

  private static boolean isHarmless(String log) {
    return Splitter.on('\n')
        .omitEmptyStrings()
        .splitToStream(log)
        .map(line -> line.indexOf('\t') < 0 ? "" : line.substring(line.indexOf('\t') + 1))
        .allMatch(done -> done.isEmpty() || HARMLESS.stream().anyMatch(done::startsWith));
  }
}
