package dev.lowtide.execute;

import static dev.lowtide.testing.TestTree.mib;

import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Files of every kind by which what a file takes and what it holds are told apart: clones, clones
 * that were partly written again, hard links, and sparse, compressible, tiny and preallocated ones,
 * the latter also beyond their ends.
 */
final class SharingTree {
  private static final int FILES = 30;
  private static final int DIRECTORIES = 6;

  private final Path root;
  private final Random random;
  private final boolean clones;
  private final String reflink;
  private final List<Path> files = new ArrayList<>();

  /**
   * @param layered whether it lies on an overlay, which may copy instead of cloning
   */
  SharingTree(Path root, Random random, boolean clones, boolean layered) {
    this.root = root;
    this.random = random;
    this.clones = clones;
    this.reflink = layered ? "--reflink=auto" : "--reflink=always";
  }

  /** Makes all files. */
  void make() throws IOException {
    for (int i = 0; i < FILES; i++) {
      Path directory = root.resolve("d" + random.nextInt(DIRECTORIES));
      Path file = Files.createDirectories(directory).resolve("f" + random.nextInt() + "-" + i);
      make(file);
      files.add(file);
    }
  }

  /** Some of the directories in which the files lie. */
  String[] someDirectories() {
    return random
        .ints(0, DIRECTORIES)
        .distinct()
        .limit(1 + random.nextInt(DIRECTORIES))
        .mapToObj(i -> "d" + i)
        .toArray(String[]::new);
  }

  /** Clones some files to a directory outside of the tree. */
  void cloneTo(Path directory) throws IOException {
    Files.createDirectory(directory);
    for (int i = 0; i < 5; i++) {
      ChildProcess.run(
          directory,
          "cp",
          "--reflink=auto",
          files.get(random.nextInt(files.size())).toString(),
          "clone" + i);
    }
  }

  private void make(Path file) throws IOException {
    Path other = files.isEmpty() ? file : files.get(random.nextInt(files.size()));
    switch (files.isEmpty() ? 0 : random.nextInt(clones ? 12 : 8)) {
      case 0, 1 -> write(file, random.nextInt((int) mib(2)), true);
      case 2 -> write(file, random.nextInt((int) mib(2)), false);
      case 3 -> sparse(file);
      case 4 -> Files.createLink(file, other);
      case 5 -> allocate(file, "-l", "700K");
      case 6 -> {
        write(file, random.nextInt(100_000), true);
        allocate(file, "-n", "-l", "900K");
      }
      case 7 -> write(file, random.nextInt(5000), true);
      case 8, 9 -> clone(other, file);
      case 10 -> {
        clone(other, file);
        writeAgain(file);
      }
      default -> {
        clone(other, file);
        allocate(file, "-p", "-o", "64K", "-l", "64K");
      }
    }
  }

  private void allocate(Path file, String... options) {
    List<String> command = new ArrayList<>(List.of("fallocate"));
    command.addAll(List.of(options));
    command.add(file.toString());
    ChildProcess.run(root, command.toArray(String[]::new));
  }

  private void clone(Path from, Path to) {
    ChildProcess.run(root, "cp", reflink, from.toString(), to.toString());
  }

  private void write(Path file, int size, boolean noise) throws IOException {
    byte[] bytes = new byte[size];
    if (noise) {
      random.nextBytes(bytes);
    }
    Files.write(file, bytes);
  }

  private void sparse(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int i = 0; i < 4; i++) {
        writeAt(channel, i * mib(3), 40_000);
      }
    }
  }

  private void writeAgain(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      writeAt(channel, random.nextInt((int) mib(1)), 100_000);
    }
  }

  private void writeAt(FileChannel channel, long position, int size) throws IOException {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    channel.write(ByteBuffer.wrap(bytes), position);
  }
}
