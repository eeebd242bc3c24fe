package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.probe.Entry;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the names of the members of a static library that {@code ar} wrote, in the format of GNU
 * and System V: each member has a header of 60 bytes, and a table contains the names that are too
 * long for it.
 */
final class ArchiveMembers {
  private static final String MAGIC = "!<arch>\n";
  private static final int HEADER = 60;
  private static final int NAME = 16;
  private static final int SIZE = 48;
  private static final String END = "`\n";
  private static final int MAX_ARCHIVE = 64 << 20;

  private ArchiveMembers() {}

  /** The names; empty if the file is no such library, is truncated, or is too long. */
  static Set<String> of(Entry file) {
    Optional<byte[]> bytes = file.size() < MAX_ARCHIVE ? file.bytes(MAX_ARCHIVE) : Optional.empty();
    return bytes
        .map(all -> new String(all, StandardCharsets.ISO_8859_1))
        .filter(text -> text.startsWith(MAGIC))
        .map(ArchiveMembers::names)
        .orElse(Set.of());
  }

  private static Set<String> names(String text) {
    Set<String> names = new HashSet<>();
    int at = MAGIC.length();
    while (at < text.length()) {
      if (at + HEADER > text.length() || !text.startsWith(END, at + HEADER - END.length())) {
        return Set.of();
      }
      String name = text.substring(at, at + NAME).strip();
      int size = size(text.substring(at + SIZE, at + HEADER - END.length()).strip());
      int content = at + HEADER;
      if (size < 0 || size > text.length() - content) {
        return Set.of();
      } else if (name.equals("//")) {
        text.substring(content, content + size)
            .lines()
            .map(ArchiveMembers::withoutSlash)
            .filter(each -> !each.isEmpty())
            .forEach(names::add);
      } else if (!name.startsWith("/")) { // else the index, or the position of a name in the table
        names.add(withoutSlash(name));
      }
      at = content + size + size % 2;
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
