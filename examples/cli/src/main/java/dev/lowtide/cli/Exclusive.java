package dev.lowtide.cli;

import dev.lowtide.BoundedSize;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import java.util.List;

/**
 * How much of a path is shared with nothing else.
 *
 * @param own what removing this path alone would free
 * @param shared what it would not free
 * @param remarks what shares it, as ends of sentences
 */
record Exclusive(BoundedSize own, BoundedSize shared, List<String> remarks) {
  static Exclusive of(Entry entry) {
    Reclaimable reclaimable = Reclaimable.queryingFileSystem();
    BoundedSize own = reclaimable.remove(entry);
    return new Exclusive(own, reclaimable.shared(entry), reclaimable.remarks(entry));
  }
}
