package dev.lowtide.examples.cli;

import dev.lowtide.BoundedSize;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import java.util.List;

/**
 * How much of a path nothing else shares.
 *
 * @param own what would come free if this alone went
 * @param shared what would not
 * @param remarks who keeps it, as ends of sentences
 */
record Exclusive(BoundedSize own, BoundedSize shared, List<String> remarks) {
  static Exclusive of(Entry entry) {
    Reclaimable asking = Reclaimable.asking();
    BoundedSize own = asking.remove(entry);
    return new Exclusive(own, asking.shared(entry), asking.remarks(entry));
  }
}
