package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.Splitter;
import dev.lowtide.Printable;
import dev.lowtide.fs.MountInfo.Mount;
import dev.lowtide.fs.OpenFiles.How;
import dev.lowtide.fs.OpenFiles.Use;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Finds files that are in use without a process: by mounts, swap space and loop devices. */
final class KernelUses {
  private final ProcessUses.Shared shared;

  KernelUses(ProcessUses.Shared shared) {
    this.shared = shared;
  }

  /**
   * Finds directories that are mounted elsewhere, and the layers of overlay file systems.
   *
   * @param others the mounts in other namespaces, by the namespace
   * @param processOf the description of one process of each namespace
   */
  void findMounts(Map<String, MountInfo> others, Map<String, String> processOf) {
    addMounts(shared.mounts(), "");
    others.forEach(
        (namespace, mounts) -> {
          String process = processOf.getOrDefault(namespace, "a process");
          addMounts(mounts, " that " + process + " sees");
        });
  }

  private void addMounts(MountInfo mounts, String seenBy) {
    for (Mount mount : mounts.mounts()) {
      String what = "the mount " + Printable.of(mount.point()) + seenBy;
      for (Path path : shared.mounts().pathsOf(mount.device(), mount.root())) {
        shared.uses().add(path, new Use(what, How.MOUNT, path));
      }
      for (Path layer : layers(mount)) {
        for (Path resolved : shared.links().pathsThrough(layer)) {
          shared.uses().add(resolved, new Use(what, How.LAYER, layer));
        }
      }
    }
  }

  /**
   * The directories from which a file system is made: the layers of an overlay, or the source of a
   * file system such as ecryptfs. Overlayfs (Linux 6.18) shows the lower layers as they were
   * specified: separated by colons, and with a backslash before each colon that belongs to a name.
   */
  private static List<Path> layers(Mount mount) {
    List<Path> layers = new ArrayList<>();
    add(layers, unescape(mount.source()));
    if (mount.type().equals("overlay")) {
      for (String option : Splitter.on(',').split(mount.superOptions())) {
        int equals = option.indexOf('=');
        String name = option.substring(0, Math.max(0, equals));
        String value = unescape(option.substring(equals + 1));
        if (name.equals("upperdir") || name.equals("workdir")) {
          add(layers, value);
        } else if (name.startsWith("lowerdir") || name.startsWith("datadir")) {
          for (String layer : value.split("(?<!\\\\):", -1)) {
            add(layers, layer.replaceAll("\\\\(.)", "$1"));
          }
        }
      }
    }
    return layers;
  }

  private static void add(List<Path> layers, String latin) {
    if (latin.startsWith("/") && !latin.startsWith("/dev/")) {
      layers.add(ProcFs.path(latin));
    }
  }

  private static String unescape(String octal) {
    return new String(MountTable.unescapeOctal(octal), ISO_8859_1);
  }

  /** Finds swap files and the files behind loop devices. */
  void findSwapAndLoopDevices() {
    try {
      for (String line : ProcFs.lines(ProcFs.read(ProcFs.PROC.resolve("swaps")))) {
        if (line.startsWith("/")) {
          String escaped = line.substring(0, line.indexOf(' '));
          Path path = Names.absolutePath(MountTable.unescapeOctal(escaped));
          shared.uses().add(path, new Use("the kernel", How.SWAP, path));
        }
      }
      try (DirectoryStream<Path> devices =
          Files.newDirectoryStream(Path.of("/sys/block"), "loop*")) {
        for (Path device : devices) {
          Path file = device.resolve("loop/backing_file");
          if (Files.exists(file)) {
            Path path = ProcFs.path(ProcFs.read(file).stripTrailing());
            shared.uses().add(path, new Use("the kernel", How.LOOP, path));
          }
        }
      }
    } catch (IOException e) {
      // the kernel has no swap space or block devices, or hides them in this container
    }
  }
}
