package dev.lowtide.execute;

import dev.lowtide.CleanupTarget;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.plan.PlanItem;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** An item that was moved into a quarantine and must be checked again. */
record Moved(
    PlanItem item,
    CleanupTarget target,
    Quarantine quarantine,
    QuarantineName tree,
    Optional<Instant> until) {

  Path path() {
    return quarantine.path(tree);
  }
}
