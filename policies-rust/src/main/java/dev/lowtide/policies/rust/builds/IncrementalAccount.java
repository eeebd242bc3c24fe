package dev.lowtide.policies.rust.builds;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Explains {@code incremental/CRATE-HASH} by the records that rustc 1.65 to nightly 1.97 writes for
 * each session: {@code work-products.bin} names all other files of {@code s-TIME-RANDOM-HASH}, and
 * {@code s-TIME-RANDOM.lock} is beside it.
 */
final class IncrementalAccount {
  private static final String IN_NO_RECORD = "is in no record of rustc";

  private static final Pattern CRATE = Pattern.compile("[^-.]+-[0-9a-z]{9,13}");
  private static final Pattern SESSION = Pattern.compile("(s-[0-9a-z]+-[0-9a-z]+)-([0-9a-z]+)");
  private static final Pattern LOCK = Pattern.compile("s-[0-9a-z]+-[0-9a-z]+\\.lock");

  /** The name part of a session in which rustc was killed. */
  private static final String UNFINISHED = "working";

  private static final String WORK_PRODUCTS = "work-products.bin";

  /** In rustc 1.95 {@code FILE_MAGIC} of rustc_incremental, persist/file_format.rs. */
  private static final String MAGIC = "RSIC";

  /**
   * The end of each text, {@code STR_SENTINEL} of rustc_serialize; the length precedes the text.
   */
  private static final char END_OF_TEXT = 0xC1;

  private static final Set<String> STATE = Set.of("dep-graph.bin", "query-cache.bin");

  /** What rustc writes with an optimisation: for each part of the crate its name and a hash. */
  private static final String LTO_KEYS = "thin-lto-past-keys.bin";

  private static final Pattern LTO_KEY = Pattern.compile("[0-9a-z]{20,25} [0-9A-F]{40}");

  private static final Pattern PART =
      Pattern.compile(
          "(dep-graph|query-cache|work-products)(\\.part)?\\.bin|metadata\\.rmeta"
              + "|thin-lto-past-keys\\.bin"
              + "|[0-9a-z]{20,25}\\.(o|dwo|bc|pre-lto\\.bc|ll|s)");

  private static final String BEFORE_LTO = ".pre-lto.bc";

  private static final int MAX_RECORD = 16 << 20;

  /** Some file systems keep whole seconds. */
  private static final Duration TICK = Duration.ofSeconds(2);

  /** The longest time in which rustc writes a file. */
  private static final Duration WRITING = Duration.ofMinutes(1);

  private IncrementalAccount() {}

  static void explain(Entry crate, Explanation.Builder unexplained) {
    if (!crate.isDirectory() || !CRATE.matcher(nameOf(crate)).matches()) {
      unexplained.add(crate, IN_NO_RECORD);
      return;
    }
    for (Entry child : crate.children()) {
      Matcher session = SESSION.matcher(child.name());
      if (child.isDirectory() && session.matches()) {
        if (crate.hasFile(session.group(1) + ".lock")) {
          session(child, session.group(2).equals(UNFINISHED), unexplained);
        } else {
          unexplained.add(child, IN_NO_RECORD);
        }
      } else if (!child.isFile() || child.size() > 0 || !LOCK.matcher(child.name()).matches()) {
        unexplained.add(child, IN_NO_RECORD);
      }
    }
  }

  /** The name of an entry, also of the root of a snapshot. */
  private static String nameOf(Entry entry) {
    Path name = entry.path().getFileName();
    return name == null ? "" : name.toString();
  }

  private static void session(
      Entry session, boolean isUnfinished, Explanation.Builder unexplained) {
    String record =
        session
            .child(WORK_PRODUCTS)
            .flatMap(file -> file.bytes(MAX_RECORD))
            .map(bytes -> new String(bytes, ISO_8859_1))
            .filter(text -> text.startsWith(MAGIC))
            .orElse("");
    for (Entry file : session.children()) {
      boolean isKnown =
          isUnfinished
              ? PART.matcher(file.name()).matches()
              : (STATE.contains(file.name()) && beginsAsState(file))
                  || (file.name().equals(LTO_KEYS) && hasOnlyLtoKeys(file))
                  || (file.name().equals(WORK_PRODUCTS) && !record.isEmpty())
                  || isNamedIn(record, file);
      if (!file.isFile() || !isKnown) {
        unexplained.add(file, IN_NO_RECORD);
      } else if (file.lastModified()
          .isAfter(session.lastModified().plus(isUnfinished ? WRITING : TICK))) {
        unexplained.add(file, "changed after rustc wrote it");
      }
    }
  }

  private static boolean beginsAsState(Entry file) {
    Optional<byte[]> beginning = file.bytes(MAGIC.length());
    return beginning.filter(bytes -> new String(bytes, ISO_8859_1).equals(MAGIC)).isPresent();
  }

  private static boolean hasOnlyLtoKeys(Entry file) {
    Optional<String> text = file.text(MAX_RECORD);
    return text.isPresent() && text.get().lines().allMatch(line -> LTO_KEY.matcher(line).matches());
  }

  /** Whether the record names a file. For link-time optimization, it names the object instead. */
  private static boolean isNamedIn(String record, Entry file) {
    String name = new String(file.nameBytes(), ISO_8859_1);
    return isText(record, name)
        || (name.endsWith(BEFORE_LTO)
            && isText(record, name.substring(0, name.length() - BEFORE_LTO.length()) + ".o"));
  }

  /** Whether a record contains a short text, with its length as LEB128. */
  private static boolean isText(String record, String text) {
    return text.length() < 128 && record.contains((char) text.length() + text + END_OF_TEXT);
  }
}
