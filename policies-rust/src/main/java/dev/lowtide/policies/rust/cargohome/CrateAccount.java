package dev.lowtide.policies.rust.cargohome;

import dev.lowtide.policy.Account;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Explains an unpacked crate, {@code registry/src/INDEX/NAME-VERSION}, by the archive that cargo
 * unpacked it from, {@code registry/cache/INDEX/NAME-VERSION.crate}: each file has the size and
 * time in the archive and did not change after cargo wrote {@code .cargo-ok}, or has the same
 * content.
 *
 * <p>Checkouts are explained by {@link CheckoutAccount}; other entries of cargo's home need no
 * explanation.
 */
final class CrateAccount {
  /**
   * The account.
   *
   * @param withoutArchiveToo whether the time of {@code .cargo-ok} explains a crate without an
   *     archive
   */
  static Account of(boolean withoutArchiveToo) {
    return (subtree, host) -> explain(subtree, withoutArchiveToo);
  }

  /**
   * The length up to which a {@code .cargo-ok} can be cargo's own: it contains {@code {"v":1}} in
   * cargo 1.95, and {@code ok} or nothing in earlier versions.
   */
  static final int MAX_OK_BYTES = 64;

  private final Entry crate;
  private final Explanation.Builder unexplained = new Explanation.Builder();

  private CrateAccount(Entry crate) {
    this.crate = crate;
  }

  private static Explanation explain(Entry subtree, boolean withoutArchiveToo) {
    Optional<Path> archive = archiveOf(subtree.path());
    if (CheckoutAccount.isCheckoutPath(subtree.path())) {
      CrateAccount account = new CrateAccount(subtree);
      CheckoutAccount.explain(subtree, account.finished(), withoutArchiveToo, account.unexplained);
      return account.unexplained.build();
    } else if (archive.isEmpty()) {
      return Explanation.complete();
    }
    CrateAccount account = new CrateAccount(subtree);
    Optional<Entry> file = captured(archive.get());
    if (file.isEmpty() && withoutArchiveToo) {
      account.explainByTime();
      return account.unexplained.build();
    }
    try {
      byte[] bytes = file.flatMap(each -> each.bytes(CrateFile.MAX_BYTES + 1)).orElse(new byte[0]);
      account.explainBy(new CrateFile(bytes, archive.get().getFileName().toString()));
      return account.unexplained.build();
    } catch (IOException e) {
      return Explanation.unexplained(
          subtree, "is not explained, because " + archive.get() + " cannot be read");
    }
  }

  /** The archive of the crate at {@code …/registry/src/INDEX/NAME}; empty for other paths. */
  private static Optional<Path> archiveOf(Path path) {
    int names = path.getNameCount();
    if (names < 4
        || !path.getName(names - 3).toString().equals("src")
        || !path.getName(names - 4).toString().equals("registry")) {
      return Optional.empty();
    }
    Path registry = path;
    for (int level = 0; level < 3; level++) {
      Path above = registry.getParent();
      if (above == null) {
        return Optional.empty();
      }
      registry = above;
    }
    String crate = path.getName(names - 1) + ".crate";
    return Optional.of(registry.resolve("cache").resolve(path.getName(names - 2)).resolve(crate));
  }

  private static Optional<Entry> captured(Path file) {
    try {
      return Optional.of(SizeProbe.best().capture(file).root()).filter(Entry::isFile);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private void explainByTime() {
    Instant finished = finished();
    crate
        .entries()
        .skip(1)
        .filter(entry -> entry.lastChanged().isAfter(finished))
        .forEach(
            entry -> unexplained.add(entry, "changed after cargo finished writing the directory"));
  }

  /** When cargo finished unpacking: it writes {@code .cargo-ok} last. */
  private Instant finished() {
    return crate
        .child(Marker.CARGO_CHECKOUT.fileName())
        .map(Entry::lastModified)
        .orElse(Instant.MIN);
  }

  private void explainBy(CrateFile archive) throws IOException {
    Instant finished = finished();
    Map<String, Entry> files = new TreeMap<>();
    for (Entry entry : crate.entries().skip(1).toList()) {
      files.put(CheckoutAccount.nameIn(crate, entry), entry);
    }
    Set<String> explained = new HashSet<>();
    Entry ok = files.get(Marker.CARGO_CHECKOUT.fileName());
    if (ok != null && ok.isFile() && ok.size() <= MAX_OK_BYTES) {
      explained.add(Marker.CARGO_CHECKOUT.fileName());
    }
    while (archive.next()) {
      String name = archive.name();
      Entry file = files.get(name);
      if (file != null && file.isFile() && file.size() == archive.size()) {
        boolean untouched =
            file.lastModified().getEpochSecond() == archive.modified()
                && !file.lastChanged().isAfter(finished);
        if (untouched || hasContent(file, archive)) {
          explained.add(name);
        }
      }
      for (int slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
        Entry directory = files.get(name.substring(0, slash));
        if (directory != null && directory.isDirectory()) {
          explained.add(name.substring(0, slash));
        }
      }
    }
    files.forEach(
        (name, entry) -> {
          if (!explained.contains(name)) {
            unexplained.add(entry, "is not what cargo unpacked from the crate's archive");
          }
        });
  }

  private static boolean hasContent(Entry file, CrateFile archive) throws IOException {
    byte[] content = archive.content();
    return file.bytes(content.length + 1).filter(now -> Arrays.equals(now, content)).isPresent();
  }
}
