package dev.lowtide.policies.rust.cargohome;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** A {@code .crate} as cargo packs it. */
final class CrateArchive {
  private static final int BLOCK = 512;

  private final ByteArrayOutputStream tar = new ByteArrayOutputStream();

  private CrateArchive() {}

  /** With the files that lie below a directory. */
  static CrateArchive of(Path directory, String... names) {
    CrateArchive archive = new CrateArchive();
    try {
      for (String name : names) {
        byte[] content = Files.readAllBytes(directory.resolve(name));
        long modified =
            Files.getLastModifiedTime(directory.resolve(name)).toInstant().getEpochSecond();
        archive.add(name, content, modified);
      }
      return archive;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(String name, byte[] content, long modified) {
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 124, String.format("%011o", content.length));
    put(header, 136, String.format("%011o", modified));
    put(header, 156, "0");
    put(header, 257, "ustar  "); // of GNU
    tar.writeBytes(header);
    tar.writeBytes(content);
    tar.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  void write(Path file) {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      tar.writeTo(out);
      out.write(new byte[2 * BLOCK]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
