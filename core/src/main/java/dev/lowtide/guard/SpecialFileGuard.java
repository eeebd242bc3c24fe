package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Keeps sockets, FIFOs, devices and set-user-ID or set-group-ID programs in temporary directories:
 * in a directory that many users share, such a file may be there for another user.
 */
final class SpecialFileGuard implements Guard {
  /** {@code S_ISUID} and {@code S_ISGID}, inode(7). */
  private static final int SETUID_OR_SETGID = 06000;

  @Override
  public String id() {
    return "special-file";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException {
    if (target.kind() != CleanupTarget.Kind.TEMPORARY || Marker.OWNED.isRequiredBy(candidate)) {
      return Optional.empty();
    }
    for (Entry entry : (Iterable<Entry>) subtree.entries()::iterator) {
      boolean special = entry.kind() == FileKind.OTHER;
      if (special || (entry.isFile() && isSetuidOrSetgid(entry.path()))) {
        return Optional.of(
            Printable.of(entry.path())
                + (special
                    ? " is a socket, a FIFO or a device"
                    : " is a program that runs as its owner or group")
                + "; if it is not used, remove it by hand");
      }
    }
    return Optional.empty();
  }

  private static boolean isSetuidOrSetgid(Path file) throws IOException {
    return file.getFileSystem().equals(FileSystems.getDefault())
        && file.getFileSystem().supportedFileAttributeViews().contains("unix")
        && Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) instanceof Integer mode
        && (mode & SETUID_OR_SETGID) != 0;
  }
}
