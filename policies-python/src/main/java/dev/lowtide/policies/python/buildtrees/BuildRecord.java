package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.probe.Entry;
import java.nio.file.Path;

/** What a tool recorded about one build tree; explains the files in it. */
interface BuildRecord {

  Path tree();

  /** The directory of the project that is built in the tree. */
  Path sources();

  /**
   * Whether the tool made a file or a link.
   *
   * @param path of the entry, relative to the tree, with slashes
   */
  boolean explains(Entry entry, String path);

  /**
   * The position of a part in the order of removal, if the tree is removed in parts. A part that
   * explains others has a higher number than they have, and is removed after them.
   *
   * @param path of a part, relative to the tree, with slashes
   */
  int removalOrder(String path);
}
