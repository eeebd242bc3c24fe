package dev.lowtide.fs;

import dev.lowtide.FileKind;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A deleted file that still occupies space, because a process has it open.
 *
 * @param process the name and id of a process that has it open
 * @param path where it was
 * @param bytes its length; a sparse file occupies less
 * @param device the device of its file system, {@code st_dev}
 */
public record DeletedFile(String process, Path path, long bytes, long device) {
  /**
   * The deleted files that processes of this machine have open, each once, the largest first. It
   * leaves out files of this process, of processes that this user may not inspect, and files that
   * are only mapped.
   *
   * @return an empty list if the system does not provide this information
   */
  public static List<DeletedFile> all() {
    Map<FileKey, DeletedFile> found = new LinkedHashMap<>();
    RunningProcess.inspectAll(
            process -> Optional.of(heldBy(process.pid())), process -> Optional.empty())
        .forEach(held -> held.forEach(found::putIfAbsent));
    return found.values().stream()
        .sorted((one, other) -> Long.compare(other.bytes(), one.bytes()))
        .toList();
  }

  /**
   * The deleted files on the file system of a directory; none if that file system cannot be read.
   */
  public static List<DeletedFile> on(Path directory, List<DeletedFile> all) {
    if (all.isEmpty() || !directory.getFileSystem().equals(FileSystems.getDefault())) {
      return List.of();
    }
    try {
      long device = Stat.of(directory).device();
      return all.stream().filter(file -> file.device() == device).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static Map<FileKey, DeletedFile> heldBy(long pid) {
    Map<FileKey, DeletedFile> held = new LinkedHashMap<>();
    List<Path> descriptors = new ArrayList<>();
    try {
      descriptors.addAll(ProcFs.numericEntries(ProcFs.process(pid).resolve("fd")));
    } catch (IOException e) {
      return held; // it has ended, or is another user's
    }
    for (Path descriptor : descriptors) {
      try {
        Path target = Files.readSymbolicLink(descriptor);
        Path path = Uses.undeleted(target);
        if (!target.isAbsolute() || path.equals(target)) {
          continue; // a pipe or a socket, or the file still exists
        }
        Inode inode = Inode.of(descriptor); // through the link in /proc, of the file itself
        if (inode.links() == 0 && Stat.kind(inode.mode()) == FileKind.REGULAR) {
          String process = OpenFiles.process(ProcFs.command(pid).orElse("?"), pid);
          long device = inode.key().device();
          held.put(inode.key(), new DeletedFile(process, path, Files.size(descriptor), device));
        }
      } catch (IOException e) {
        // closed meanwhile
      }
    }
    return held;
  }
}
