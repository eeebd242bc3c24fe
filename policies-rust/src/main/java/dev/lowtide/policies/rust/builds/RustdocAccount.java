package dev.lowtide.policies.rust.builds;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.probe.Entry;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Explains documentation by the lists that rustdoc 1.95 and nightly 1.97 write: {@code crates.js}
 * lists the crates, {@code sidebar-items.js} lists the pages of a module, and each page of a source
 * names its file.
 *
 * <p>Times reveal edits: rustdoc writes the files that all crates share in each run, and cargo
 * removes the directory of a crate before rustdoc writes it.
 */
final class RustdocAccount {
  private static final String UNLISTED = "is in none of the lists that rustdoc wrote";
  private static final String CHANGED = "changed after rustdoc wrote it";

  /** Some file systems keep whole seconds. */
  private static final Duration TICK = Duration.ofSeconds(2);

  private static final int MAX_LIST = 4 << 20;
  private static final int MAX_REDIRECT = 4 << 10;

  /** How much of a page is read to find its file and crate. */
  private static final int HEAD = 4 << 10;

  private static final String CRATES = "crates.js";
  private static final String ITEMS = "sidebar-items.js";
  private static final String ALL = "all.html";

  /** The files that each run of rustdoc writes last. */
  private static final List<String> SHARED =
      List.of(CRATES, "help.html", "settings.html", "src-files.js", "search-index.js");

  private static final Pattern STATIC =
      Pattern.compile("[A-Za-z0-9.-]+-[0-9a-f]{8}(\\.ttf)?\\.(js|css|woff2|svg|png|txt|md)");
  private static final Pattern SEARCH =
      Pattern.compile(
          "([A-Za-z_]+/)?(root|[0-9a-f]{8,16})\\.js|[a-z0-9_]+/[a-z0-9_]+-desc-\\d+-\\.js");
  private static final Pattern IMPLEMENTORS =
      Pattern.compile("(trait|struct|enum|union|type|primitive|foreigntype)\\.[^./]+\\.js");
  private static final Pattern SOURCE = Pattern.compile("Source of the Rust file `(?<path>[^`]+)`");

  private final Entry doc;
  private final Explanation.Builder unexplained;

  private RustdocAccount(Entry doc, Explanation.Builder unexplained) {
    this.doc = doc;
    this.unexplained = unexplained;
  }

  static void explain(Entry doc, Explanation.Builder unexplained) {
    new RustdocAccount(doc, unexplained).explain();
  }

  private void explain() {
    Instant end = endOfLastRun(Entry::lastModified);
    Instant endOfStatus =
        Stream.concat(Stream.of(endOfLastRun(Entry::lastChanged)), whenCopied())
            .max(Comparator.naturalOrder())
            .orElseThrow();
    doc.entries()
        .skip(1)
        .filter(
            entry ->
                isAfter(entry.lastModified(), end)
                    || (entry.isFile()
                        && entry.links() <= 1
                        && isAfter(entry.lastChanged(), endOfStatus)))
        .forEach(this::reportChanged);
    Set<String> crates = crates();
    for (Entry child : doc.children()) {
      String name = child.name();
      boolean isShared =
          child.isFile() && (SHARED.contains(name) || (name.equals(".lock") && child.size() == 0));
      if (child.isDirectory() && name.equals("static.files")) {
        explainFiles(child, file -> STATIC.matcher(file.name()).matches());
      } else if (child.isDirectory() && name.equals("src")) {
        child.children().forEach(crate -> explainSources(crate, crates));
      } else if (child.isDirectory()
          && (name.equals("search.index") || name.equals("search.desc"))) {
        explainFiles(child, file -> SEARCH.matcher(below(child, file)).matches());
      } else if (child.isDirectory() && (name.equals("trait.impl") || name.equals("type.impl"))) {
        explainFiles(child, file -> IMPLEMENTORS.matcher(file.name()).matches());
      } else if (child.isDirectory() && crates.contains(name)) {
        explainCrate(child);
      } else if (!isShared) {
        reportUnlisted(child);
      }
    }
  }

  private void reportUnlisted(Entry entry) {
    unexplained.add(entry, UNLISTED);
  }

  private void reportChanged(Entry entry) {
    unexplained.add(entry, CHANGED);
  }

  private static boolean isAfter(Instant time, Instant end) {
    return time.isAfter(end.plus(TICK));
  }

  /**
   * The end of the last run: the second newest shared file, because the newest may have been
   * edited.
   */
  private Instant endOfLastRun(Function<Entry, Instant> time) {
    return SHARED.stream()
        .flatMap(name -> doc.child(name).stream())
        .map(time)
        .sorted(Comparator.reverseOrder())
        .skip(1)
        .findFirst()
        .orElse(Instant.MIN.plus(TICK));
  }

  /** When {@code cp -a} or {@code tar} copied directories, which they do after the content. */
  private Stream<Instant> whenCopied() {
    return doc.entries()
        .skip(1)
        .filter(Entry::isDirectory)
        .filter(directory -> isAfter(directory.lastChanged(), directory.lastModified()))
        .map(Entry::lastChanged);
  }

  /** Reads {@code window.ALL_CRATES = ["one","two"];}. */
  private Set<String> crates() {
    Set<String> crates = new HashSet<>();
    list(doc, CRATES, '[', ']')
        .filter(JsonElement::isJsonArray)
        .ifPresent(names -> names.getAsJsonArray().forEach(name -> crates.add(name.getAsString())));
    return crates;
  }

  /** The JSON between two brackets in the first line of a script. */
  private static Optional<JsonElement> list(Entry directory, String name, char from, char to) {
    try {
      return directory
          .child(name)
          .flatMap(file -> file.text(MAX_LIST))
          .flatMap(text -> text.lines().findFirst())
          .filter(line -> line.startsWith("window.") && line.endsWith(to + ";"))
          .map(line -> line.substring(line.indexOf(from), line.length() - 1))
          .map(JsonParser::parseString);
    } catch (JsonParseException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  private interface Known {
    boolean isKnown(Entry file);
  }

  private void explainFiles(Entry directory, Known known) {
    directory
        .entries()
        .skip(1)
        .filter(entry -> !entry.isDirectory() && !(entry.isFile() && known.isKnown(entry)))
        .forEach(this::reportUnlisted);
  }

  private static String below(Entry directory, Entry file) {
    String path = directory.path().relativize(file.path()).toString();
    return path.replace('\\', '/');
  }

  /**
   * Reports files that changed later than their directory: rustdoc writes each file once, right
   * after it makes the directory.
   */
  private void reportLaterThan(Entry directory) {
    for (Entry file : directory.children()) {
      boolean isLater =
          isAfter(file.lastModified(), directory.lastModified())
              || (file.links() <= 1 && isAfter(file.lastChanged(), directory.lastChanged()));
      if (file.isFile() && isLater) {
        reportChanged(file);
      } else if (file.isDirectory()) {
        reportLaterThan(file);
      }
    }
  }

  /** Explains the pages of a crate. rustdoc writes the list of all items last. */
  private void explainCrate(Entry crate) {
    Optional<Entry> all = crate.child(ALL).filter(Entry::isFile);
    if (all.isEmpty()) {
      unexplained.add(crate, "has no " + ALL + ", so rustdoc has not finished it");
      return;
    }
    Instant end = all.get().lastModified();
    Instant beforeEnd =
        crate
            .entries()
            .filter(entry -> entry.isFile() && !entry.equals(all.get()))
            .map(Entry::lastModified)
            .max(Comparator.naturalOrder())
            .orElse(Instant.MIN.plus(TICK));
    if (isAfter(end, beforeEnd)) {
      reportChanged(all.get());
    }
    Stream.concat(crate.entries(), sourcesOf(crate).stream().flatMap(Entry::entries))
        .filter(entry -> isAfter(entry.lastModified(), end))
        .forEach(this::reportChanged);
    reportLaterThan(crate);
    explainModule(crate, true);
  }

  private Optional<Entry> sourcesOf(Entry crate) {
    return doc.child("src").flatMap(sources -> sources.child(crate.name()));
  }

  /** Explains a module by {@code window.SIDEBAR_ITEMS = {"fn":["a","b"],"mod":["c"]};}. */
  private void explainModule(Entry module, boolean isCrate) {
    Set<String> pages = new HashSet<>(Set.of("index.html", ITEMS));
    Set<String> modules = new HashSet<>();
    if (isCrate) {
      pages.add(ALL);
    }
    list(module, ITEMS, '{', '}')
        .filter(JsonElement::isJsonObject)
        .map(JsonElement::getAsJsonObject)
        .ifPresent(items -> listed(items, pages, modules));
    for (Entry child : module.children()) {
      String name = child.name();
      if (child.isDirectory() && modules.contains(name)) {
        explainModule(child, false);
      } else if (child.isDirectory()) {
        explainFiles(child, RustdocAccount::isRedirect); // a private module
      } else if (!child.isFile() || !(pages.contains(name) || isRedirect(child))) {
        reportUnlisted(child);
      }
    }
  }

  private static void listed(JsonObject items, Set<String> pages, Set<String> modules) {
    for (String kind : items.keySet()) {
      if (!items.get(kind).isJsonArray()) {
        continue;
      }
      for (JsonElement name : items.getAsJsonArray(kind)) {
        if (name.isJsonPrimitive()) {
          pages.add(kind + "." + name.getAsString() + ".html");
          if (kind.equals("mod")) {
            modules.add(name.getAsString());
          }
        }
      }
    }
  }

  /** Whether a page redirects from an old name of an item, such as {@code macro.NAME!.html}. */
  private static boolean isRedirect(Entry page) {
    return page.name().endsWith(".html")
        && page.size() <= MAX_REDIRECT
        && page.text(MAX_REDIRECT)
            .filter(
                text ->
                    text.startsWith("<!DOCTYPE html>")
                        && text.contains("<meta http-equiv=\"refresh\" content=\"0;URL=")
                        && text.contains("location.replace(")
                        && text.stripTrailing().endsWith("</html>"))
            .isPresent();
  }

  /** Explains {@code src/CRATE/PATH.html}, whose path is relative to the crate's first source. */
  private void explainSources(Entry crate, Set<String> crates) {
    if (!crate.isDirectory() || !crates.contains(crate.name())) {
      reportUnlisted(crate);
      return;
    }
    explainFiles(crate, page -> isSource(page, below(crate, page), crate.name()));
  }

  private static boolean isSource(Entry page, String path, String crate) {
    if (!path.endsWith(".html")) {
      return false;
    }
    String source = path.substring(0, path.length() - ".html".length());
    String head = page.text(HEAD).orElse("");
    Matcher named = SOURCE.matcher(head);
    return head.contains("<meta name=\"generator\" content=\"rustdoc\">")
        && head.contains("data-current-crate=\"" + crate + "\"")
        && named.find()
        && ("/" + named.group("path").replace("..", "up")).endsWith("/" + source);
  }
}
