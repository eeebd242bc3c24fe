package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.probe.Entry;
import java.nio.file.Path;

/** What a tool recorded about one build tree; explains the files in it. */
interface BuildRecord {

  /** The build tree. */
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
   * The order in which parts are removed if the tree is not removed as a whole: a part that
   * explains other parts has a higher number than these.
   *
   * @param path of a part, relative to the tree, with slashes
   */
  int order(String path);
}
