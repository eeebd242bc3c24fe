package dev.lowtide.policies.rust.cargohome;

import com.google.common.base.Splitter;
import dev.lowtide.FileKind;
import dev.lowtide.policies.rust.cargohome.GitIndexFile.Tracked;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Explains a checkout of a Git dependency, {@code git/checkouts/NAME/REVISION}, by its own Git
 * index and by the clone that cargo made it from, {@code git/db/NAME}. A file is explained if it is
 * tracked and as it was checked out; an object of the checkout's repository, if the clone contains
 * it too, so that no commit and no stash is lost. Objects are compared by name and size, not by
 * content.
 */
final class CheckoutAccount {
  private static final String GIT = ".git";
  private static final String OBJECTS = "objects";

  /** What cargo 1.95, with libgit2, writes into a repository beside objects. */
  private static final Pattern OF_REPOSITORY =
      Pattern.compile(
          "HEAD|ORIG_HEAD|FETCH_HEAD|config|description|index|packed-refs|hooks/[^/]+\\.sample"
              + "|info/exclude|(logs/)?refs/(heads|remotes|tags)/.+|logs/HEAD");

  /**
   * The size in bytes up to which a file is read and compared by its hash; larger than any source.
   * A larger file is explained only by its times.
   */
  private static final int MAX_FILE = 64 << 20;

  private final Entry checkout;
  private final Instant finished;
  private final Explanation.Builder unexplained;

  private CheckoutAccount(Entry checkout, Instant finished, Explanation.Builder unexplained) {
    this.checkout = checkout;
    this.finished = finished;
    this.unexplained = unexplained;
  }

  /**
   * Whether a path ends like that of a checkout in cargo's home: {@code
   * git/checkouts/NAME/REVISION}.
   */
  static boolean isCheckoutPath(Path path) {
    int names = path.getNameCount();
    return names >= 4
        && path.getName(names - 3).toString().equals("checkouts")
        && path.getName(names - 4).toString().equals("git");
  }

  /**
   * Explains a checkout.
   *
   * @param finished when cargo finished the checkout
   * @param withoutCloneToo whether a checkout is explained even if its clone is missing
   */
  static void explain(
      Entry checkout, Instant finished, boolean withoutCloneToo, Explanation.Builder unexplained) {
    CheckoutAccount account = new CheckoutAccount(checkout, finished, unexplained);
    account.workingTree();
    account.repository(withoutCloneToo);
  }

  private void workingTree() {
    Map<String, Tracked> index;
    try {
      byte[] bytes =
          checkout
              .child(GIT)
              .flatMap(git -> git.child("index"))
              .flatMap(file -> file.bytes(GitIndexFile.MAX_BYTES + 1))
              .orElse(new byte[0]);
      index = GitIndexFile.parse(bytes);
    } catch (IOException e) {
      unexplained.add(checkout, "is not explained, because its Git index cannot be read");
      return;
    }
    Set<String> directories = new HashSet<>();
    for (String name : index.keySet()) {
      for (int slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
        directories.add(name.substring(0, slash));
      }
    }
    for (Entry child : checkout.children()) {
      if (!child.name().equals(GIT) && !isOk(child)) {
        child.entries().forEach(entry -> inWorkingTree(entry, index, directories));
      }
    }
  }

  private static boolean isOk(Entry entry) {
    return entry.isFile()
        && entry.name().equals(Marker.CARGO_CHECKOUT.fileName())
        && entry.size() <= CrateAccount.MAX_OK_BYTES;
  }

  private void inWorkingTree(Entry entry, Map<String, Tracked> index, Set<String> directories) {
    String name = nameIn(checkout, entry);
    Tracked tracked = index.get(name);
    if (tracked == null) {
      if (!entry.isDirectory() || !directories.contains(name)) {
        unexplained.add(entry, "is not in the Git index of the checkout");
      }
    } else if (tracked.isSubmodule()) {
      unexplained.add(entry, "is a submodule, which cargo would fetch again");
    } else if (!isAsCheckedOut(entry, tracked)) {
      unexplained.add(entry, "is not as it was checked out");
    }
  }

  private boolean isAsCheckedOut(Entry entry, Tracked tracked) {
    boolean isKind =
        tracked.isRegular() ? entry.isFile() : tracked.isLink() && entry.kind() == FileKind.SYMLINK;
    boolean hasTime = isKind && entry.lastModified().equals(tracked.modified());
    if (!isKind || (entry.size() & 0xFFFFFFFFL) != tracked.size()) {
      return false;
    } else if (hasTime && (tracked.isLink() || !entry.lastChanged().isAfter(finished))) {
      return true;
    }
    return tracked.isRegular()
        && entry.size() <= MAX_FILE
        && entry
            .bytes(MAX_FILE)
            .filter(content -> HexFormat.of().formatHex(blob(content)).equals(tracked.hash()))
            .isPresent();
  }

  /** The SHA-1 hash by which Git names a file's content, which it calls a blob. */
  private static byte[] blob(byte[] content) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII));
      return sha1.digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // each Java has it
    }
  }

  private void repository(boolean withoutCloneToo) {
    Optional<Entry> git = checkout.child(GIT).filter(Entry::isDirectory);
    if (git.isEmpty()) {
      return; // nothing explains its working tree either
    }
    Optional<Entry> clone = database();
    for (Entry entry : git.get().entries().skip(1).toList()) {
      String name = nameIn(git.get(), entry);
      if (entry.isDirectory() && !entry.name().equals(GIT)) {
        continue;
      } else if (name.startsWith(OBJECTS + "/")) {
        boolean isTwice = clone.map(objects -> isIn(objects, entry, name)).orElse(withoutCloneToo);
        if (!entry.isFile() || !isTwice) {
          unexplained.add(entry, "is not in the clone that cargo made the checkout from");
        }
      } else if (!entry.isFile() || !OF_REPOSITORY.matcher(name).matches()) {
        unexplained.add(entry, "is not from cargo");
      }
      if (entry.lastModified().isAfter(finished)) {
        unexplained.add(entry, "changed after cargo finished writing the directory");
      }
    }
  }

  /** The clone, {@code git/db/NAME}; empty if it cannot be read. */
  private Optional<Entry> database() {
    Path name = checkout.path().getParent();
    if (name == null || name.getParent() == null) {
      return Optional.empty();
    }
    Path git = name.getParent().getParent();
    if (git == null) {
      return Optional.empty();
    }
    try {
      Path clone = git.resolve("db").resolve(name.getFileName());
      return Optional.of(SizeProbe.best().capture(clone).root()).filter(Entry::isDirectory);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether the clone contains an object. Git names objects and packs by their content. */
  private static boolean isIn(Entry clone, Entry object, String name) {
    Optional<Entry> found = Optional.of(clone);
    for (String part : Splitter.on('/').split(name)) {
      found = found.flatMap(directory -> directory.child(part));
    }
    return found.filter(same -> same.isFile() && same.size() == object.size()).isPresent();
  }

  /** The path of an entry relative to a directory, with slashes. */
  static String nameIn(Entry directory, Entry entry) {
    Path relative = directory.path().relativize(entry.path());
    return relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
  }
}
