package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.probe.Entry;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the names of the members of a static library that {@code ar} wrote, in the format of GNU
 * and System V: a header of 60 bytes precedes each member, and a table contains the names that are
 * too long for the header.
 */
final class ArchiveMembers {
  private static final String MAGIC = "!<arch>\n";
  private static final int HEADER_SIZE = 60;
  private static final int NAME_SIZE = 16;
  private static final int SIZE_OFFSET = 48;
  private static final String HEADER_END = "`\n";
  private static final int MAX_ARCHIVE_SIZE = 64 << 20;

  private ArchiveMembers() {}

  /**
   * The names of the members; empty if the file is not such a library, is truncated, or is too
   * large.
   */
  static Set<String> of(Entry file) {
    Optional<byte[]> bytes =
        file.size() < MAX_ARCHIVE_SIZE ? file.bytes(MAX_ARCHIVE_SIZE) : Optional.empty();
    return bytes
        .map(all -> new String(all, StandardCharsets.ISO_8859_1))
        .filter(text -> text.startsWith(MAGIC))
        .map(ArchiveMembers::names)
        .orElse(Set.of());
  }

  private static Set<String> names(String text) {
    Set<String> names = new HashSet<>();
    int offset = MAGIC.length();
    while (offset < text.length()) {
      if (offset + HEADER_SIZE > text.length()
          || !text.startsWith(HEADER_END, offset + HEADER_SIZE - HEADER_END.length())) {
        return Set.of();
      }
      String name = text.substring(offset, offset + NAME_SIZE).strip();
      int size =
          size(
              text.substring(offset + SIZE_OFFSET, offset + HEADER_SIZE - HEADER_END.length())
                  .strip());
      int content = offset + HEADER_SIZE;
      if (size < 0 || size > text.length() - content) {
        return Set.of();
      } else if (name.equals("//")) {
        text.substring(content, content + size)
            .lines()
            .map(ArchiveMembers::withoutSlash)
            .filter(each -> !each.isEmpty())
            .forEach(names::add);
      } else if (!name.startsWith(
          "/")) { // else the symbol index, or an offset into the table of names
        names.add(withoutSlash(name));
      }
      offset = content + size + size % 2;
    }
    return names;
  }

  private static String withoutSlash(String name) {
    return name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
  }

  private static int size(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
