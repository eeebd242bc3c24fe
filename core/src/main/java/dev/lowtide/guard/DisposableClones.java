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
  private static final List<String> REFLOG_MESSAGES_OF_CLONING =
      List.of("clone: ", "checkout: ", "fetch", "branch: ", "reset: ", "submodule");

  private static final int MAX_LOG_BYTES = 1 << 16;
  private static final int MAX_LINK_BYTES = 1 << 12;

  private DisposableClones() {}

  /** The objection to the first repository that is more than a clone; empty if there is none. */
  static Optional<String> objection(Entry ownedDirectory) {
    for (Iterator<Entry> all = ownedDirectory.entries().iterator(); all.hasNext(); ) {
      Entry entry = all.next();
      if (GitRepository.isRepository(entry) || GitRepository.isBare(entry)) {
        Optional<String> objection = objection(ownedDirectory, entry);
        if (objection.isPresent()) {
          return objection.map(
              reason ->
                  "it contains the repository "
                      + Printable.of(entry.path())
                      + ", "
                      + reason
                      + "; if you do not need it, remove it by hand");
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> objection(Entry ownedDirectory, Entry repository) {
    if (VersionControl.isMetadata(repository)) {
      return Optional.of("which may contain work that is nowhere else");
    } else if (!repository.isDirectory()) {
      return isOfOwnedRepository(ownedDirectory, repository)
          ? Optional.empty()
          : Optional.of("which belongs to a repository elsewhere");
    }
    for (Entry entry : (Iterable<Entry>) repository.entries()::iterator) {
      if (entry.isFile() && entry.name().equals("stash")) {
        return Optional.of("which has a stash");
      } else if (entry.isDirectory() && entry.name().equals("logs")) {
        Optional<Entry> workedIn =
            entry.entries().filter(Entry::isFile).filter(log -> !hasOnlyCloning(log)).findFirst();
        if (workedIn.isPresent()) {
          return workedIn.map(log -> "in which work was done: " + Printable.of(log.path()));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Whether the file {@code .git} of a linked working tree names a repository that Lowtide made
   * too: one in the same directory, or in a directory above it that also has the marker.
   */
  private static boolean isOfOwnedRepository(Entry ownedDirectory, Entry link) {
    String prefix = "gitdir: ";
    Optional<String> text =
        link.text(MAX_LINK_BYTES).filter(each -> each.startsWith(prefix) && !each.contains(".."));
    if (text.isEmpty()) {
      return false;
    }
    try {
      Path repository =
          ownedDirectory.path().resolve(text.get().substring(prefix.length()).strip());
      return repository.startsWith(ownedDirectory.path())
          || (Stream.iterate(ownedDirectory.path().getParent(), Objects::nonNull, Path::getParent)
                  .anyMatch(
                      ancestor -> repository.startsWith(ancestor) && Ownership.isOwned(ancestor))
              && hasOnlyCloning(repository.resolve("logs").resolve("HEAD")));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static boolean hasOnlyCloning(Path log) {
    try {
      return hasOnlyCloning(ForeignFile.at(log).text(MAX_LOG_BYTES));
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean hasOnlyCloning(Entry log) {
    Optional<String> text = log.size() > MAX_LOG_BYTES ? Optional.empty() : log.text(MAX_LOG_BYTES);
    return text.filter(DisposableClones::hasOnlyCloning).isPresent();
  }

  private static boolean hasOnlyCloning(String log) {
    return Splitter.on('\n')
        .omitEmptyStrings()
        .splitToStream(log)
        .map(line -> line.indexOf('\t') < 0 ? "" : line.substring(line.indexOf('\t') + 1))
        .allMatch(
            message ->
                message.isEmpty()
                    || REFLOG_MESSAGES_OF_CLONING.stream().anyMatch(message::startsWith));
  }
}
