package dev.lowtide.execute;

import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Outcome.WouldRemove;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reports what would be removed. It has no object that could change a disk. */
final class DryRun implements PlanRun {
  private final Outcomes outcomes;
  private final Set<Path> wouldBeRemoved = new HashSet<>();
  private final Reclaimable reclaimable = Reclaimable.queryingFileSystem();

  DryRun(Outcomes outcomes) {
    this.outcomes = outcomes;
  }

  @Override
  public void prepareFor(PlanItem item) {}

  @Override
  public Optional<Path> findExistingPredecessor(PlanItem item) {
    return item.candidate().after().stream()
        .filter(
            path ->
                Stream.iterate(path, Objects::nonNull, Path::getParent)
                    .noneMatch(wouldBeRemoved::contains))
        .filter(path -> !Files.notExists(path, LinkOption.NOFOLLOW_LINKS))
        .findFirst();
  }

  /** A dry run takes no locks; a guard checks whether they are free. */
  @Override
  public Optional<String> hold(PlanItem item) {
    return Optional.empty();
  }

  @Override
  public boolean perform(PlanItem item, CleanupTarget target, Entry subtree) {
    wouldBeRemoved.add(item.path());
    outcomes.add(
        new WouldRemove(
            item, item.candidate().deletes() ? reclaimable.remove(subtree) : BoundedSize.ZERO));
    return true;
  }

  @Override
  public void finish() {}

  @Override
  public void close() {}
}
