package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.probe.Entry;
import java.nio.file.Path;

/** What a tool recorded of one build tree, by which the files in it are explained. */
interface BuildRecord {

  /** The directory that it is about. */
  Path tree();

  /** Where the project lies that is built in it. */
  Path sources();

  /**
   * Whether the tool made a file or a link.
   *
   * @param path of the entry, relative to the tree, with slashes
   */
  boolean explains(Entry entry, String path);

  /**
   * In which order parts of the tree go if it does not go as a whole: what records other parts has
   * a higher number than these.
   *
   * @param path of a part, relative to the tree, with slashes
   */
  int order(String path);
}
