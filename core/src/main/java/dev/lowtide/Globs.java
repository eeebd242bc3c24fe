package dev.lowtide;

import com.google.common.base.Ascii;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Globs for paths relative to a root, in the syntax of {@link FileSystem#getPathMatcher}, except
 * that {@code **} between slashes also matches zero directories, as in a {@code .gitignore}: <code>
 * **&#47;*.pyc</code> also matches {@code a.pyc}, and {@code dist/**} also matches {@code dist}. A
 * directory that matches covers everything below it. Names are compared as UTF-8, whatever the
 * locale; {@code ?} and {@code *} match any byte but a slash.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class Globs {
  private static final Pattern NEVER_MATCHES =
      Pattern.compile("|/.*|.*/|(.*/)?\\.\\.?(/.*)?", Pattern.DOTALL);

  /**
   * The character by which Java replaces bytes that it cannot decode, in file names and in
   * arguments.
   */
  private static final char REPLACEMENT = '\uFFFD';

  /**
   * Undecodable bytes become lone low surrogates, which occur in no valid text: {@code '\uDC80'} is
   * the byte 0x80.
   */
  private static final int UNDECODABLE = 0xDC00;

  private static final boolean NAMES_ARE_UTF_8 =
      Ascii.equalsIgnoreCase("UTF-8", System.getProperty("sun.jnu.encoding", "UTF-8"));

  private final List<PathMatcher> matchers;

  private Globs(List<PathMatcher> matchers) {
    this.matchers = List.copyOf(matchers);
  }

  /**
   * Reads globs for paths of a file system.
   *
   * @throws IllegalArgumentException if one of them is not a glob, could never match or contains
   *     characters that could not be decoded; the message is a sentence for the user
   */
  public static Globs of(FileSystem fileSystem, Collection<String> globs) {
    boolean ignoreCase = fileSystem.getSeparator().equals("\\"); // Windows
    List<PathMatcher> matchers = new ArrayList<>();
    for (String glob : globs) {
      requireReadable(glob);
      requireMatchable(glob);
      Glob compiled = compile(glob, ignoreCase);
      matchers.add(path -> matches(compiled, path));
    }
    return new Globs(matchers);
  }

  /** Characters are lost if an argument or a file is not in the encoding of the locale. */
  private static void requireReadable(String glob) {
    boolean hasLostCharacters =
        glob.codePoints()
            .anyMatch(c -> c == REPLACEMENT || Character.getType(c) == Character.SURROGATE);
    if (hasLostCharacters) {
      throw new IllegalArgumentException(
          "The pattern '"
              + Printable.of(glob)
              + "' has characters that this locale cannot read; set LC_ALL=C.UTF-8, or write ? for"
              + " each");
    }
  }

  /** A pattern that can never match would not protect what the user wants to keep. */
  private static void requireMatchable(String glob) {
    if (NEVER_MATCHES.matcher(glob).matches()) {
      throw new IllegalArgumentException(
          "The pattern '"
              + Printable.of(glob)
              + "' can match nothing; write it relative to the root and without a slash at the end,"
              + " for example dist or dist/**");
    }
  }

  private static Glob compile(String glob, boolean ignoreCase) {
    try {
      return new Glob(glob, ignoreCase);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The pattern '" + Printable.of(glob) + "' is not a glob: " + e.getMessage(), e);
    }
  }

  private static boolean matches(Glob glob, Path relative) {
    String pathText = relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
    if (!mayDifferFromBytes(relative, pathText)) {
      return glob.matches(pathText);
    }
    // If the locale is neither ASCII nor UTF-8, the name may be in the encoding of the locale
    return glob.matches(decoded(relative))
        || (!NAMES_ARE_UTF_8 && pathText.indexOf(REPLACEMENT) < 0 && glob.matches(pathText));
  }

  /** Whether the text of a path may differ from its bytes. */
  private static boolean mayDifferFromBytes(Path relative, String pathText) {
    return relative.getFileSystem().equals(FileSystems.getDefault())
        && relative.getFileSystem().getSeparator().equals("/")
        && (NAMES_ARE_UTF_8
            ? pathText.indexOf(REPLACEMENT) >= 0
            : !pathText.chars().allMatch(c -> c < 0x80));
  }

  /**
   * The bytes of a path, decoded as UTF-8; each byte that is not valid UTF-8 becomes a lone
   * surrogate.
   */
  private static String decoded(Path relative) {
    String uri =
        FileSystems.getDefault().getPath("/").resolve(relative).toUri().getRawPath().substring(1);
    ByteBuffer bytes =
        ByteBuffer.wrap(unescaped(uri.endsWith("/") ? withoutLastCharacter(uri) : uri));
    CharBuffer text = CharBuffer.allocate(bytes.remaining());
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CoderResult result = decoder.decode(bytes, text, true);
    while (result.isError()) {
      for (int i = 0; i < result.length(); i++) {
        text.put((char) (UNDECODABLE + (bytes.get() & 0xFF)));
      }
      result = decoder.reset().decode(bytes, text, true);
    }
    return text.flip().toString();
  }

  private static String withoutLastCharacter(String uri) {
    return uri.substring(0, uri.length() - 1);
  }

  private static byte[] unescaped(String raw) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      if (raw.charAt(i) == '%') {
        bytes.write(Integer.parseInt(raw, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.write(raw.charAt(i));
      }
    }
    return bytes.toByteArray();
  }

  /** The matchers of these globs. Callers test a path and each of its parents. */
  public List<PathMatcher> matchers() {
    return matchers;
  }

  /** Whether one of the globs matches this path itself, not only a parent. */
  public boolean matches(Path relative) {
    return matchers.stream().anyMatch(matcher -> matcher.matches(relative));
  }

  /** Whether one of the globs matches the path or a directory above it. */
  public boolean covers(Path relative) {
    for (Path path = relative; path != null; path = path.getParent()) {
      if (matches(path)) {
        return true;
      }
    }
    return false;
  }
}
