package dev.lowtide.fs;

import com.google.common.base.Ascii;
import com.google.common.primitives.Bytes;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Converts file names to bytes and back, without loss.
 *
 * <p>On Linux a name is bytes. {@link Path} keeps the bytes, but {@link Path#toString} replaces
 * what the locale cannot decode, while {@link Path#toUri} escapes every byte; so names whose text
 * may differ are converted through the URI. If the locale is not UTF-8, all names that are not
 * ASCII are too, since Latin-1 decodes every byte, but to other text.
 */
public final class Names {
  private static final char REPLACEMENT = '\uFFFD';

  /**
   * Whether the text of a path has the same bytes in UTF-8 as its names. In other encodings it has
   * not; on Windows, names are text anyway.
   */
  private static final boolean PATH_TEXT_IS_UTF_8 =
      !FileSystems.getDefault().getSeparator().equals("/")
          || Ascii.equalsIgnoreCase("UTF-8", System.getProperty("sun.jnu.encoding", "UTF-8"));

  private Names() {}

  /** The bytes of the file name of a path; UTF-8 on file systems whose names are text. */
  public static byte[] bytes(Path path) {
    Path name = path.getFileName();
    if (name == null) {
      return new byte[0];
    }
    String text = name.toString();
    if ((PATH_TEXT_IS_UTF_8 && text.indexOf(REPLACEMENT) < 0)
        || text.chars().allMatch(c -> c < 0x80)
        || !path.getFileSystem().equals(FileSystems.getDefault())) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    // Resolved against the root, so that making the URI does not access the disk
    String raw = FileSystems.getDefault().getPath("/").resolve(name).toUri().getRawPath();
    return unescape(raw.substring(1, raw.endsWith("/") ? raw.length() - 1 : raw.length()));
  }

  /** The path of a name in a directory. */
  public static Path resolve(Path directory, byte[] name) {
    if (isAscii(name) || !directory.getFileSystem().equals(FileSystems.getDefault())) {
      return directory.resolve(display(name));
    }
    return directory.resolve(Path.of(URI.create("file:///" + escape(name))).getFileName());
  }

  /**
   * The path of several names below a directory, each in the one before it.
   *
   * @param names with a slash between each two
   */
  public static Path resolveAll(Path directory, byte[] names) {
    if (isAscii(names)) {
      return directory.resolve(display(names)); // much faster than resolving each name
    }
    Path resolved = directory;
    int start = 0;
    for (int i = 0; i <= names.length; i++) {
      if (i == names.length || names[i] == '/') {
        if (i > start) {
          resolved = resolve(resolved, Arrays.copyOfRange(names, start, i));
        }
        start = i + 1;
      }
    }
    return resolved;
  }

  /**
   * The bytes of all names of a path, with a slash between each two; each name as in {@link
   * #bytes}.
   */
  public static byte[] allBytes(Path path) {
    String text = path.toString();
    if (PATH_TEXT_IS_UTF_8
        && text.indexOf(REPLACEMENT) < 0
        && path.getFileSystem().getSeparator().equals("/")) {
      return text.substring(path.isAbsolute() ? 1 : 0).getBytes(StandardCharsets.UTF_8);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Path name : path) {
      if (bytes.size() > 0) {
        bytes.write('/');
      }
      bytes.writeBytes(bytes(name));
    }
    return bytes.toByteArray();
  }

  /** The path of the default file system for the bytes of an absolute path. */
  static Path absolutePath(byte[] path) {
    return resolveAll(Path.of("/"), Arrays.copyOfRange(path, 1, path.length));
  }

  /** The bytes of an absolute path of the default file system. */
  static byte[] absoluteBytes(Path path) {
    return Bytes.concat(new byte[] {'/'}, allBytes(path));
  }

  /** The name for people; what is not UTF-8 becomes the replacement character. */
  public static String display(byte[] name) {
    return new String(name, StandardCharsets.UTF_8);
  }

  private static boolean isAscii(byte[] name) {
    for (byte b : name) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  private static String escape(byte[] name) {
    StringBuilder escaped = new StringBuilder(name.length * 3);
    for (byte b : name) {
      escaped.append('%').append(Ascii.toUpperCase(String.format("%02x", b & 0xFF)));
    }
    return escaped.toString();
  }

  private static byte[] unescape(String raw) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      if (raw.charAt(i) == '%') {
        bytes.write(Integer.parseInt(raw.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(raw.charAt(i));
      }
    }
    return bytes.toByteArray();
  }
}
