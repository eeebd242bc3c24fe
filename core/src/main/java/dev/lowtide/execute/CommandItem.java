package dev.lowtide.execute;

import dev.lowtide.BoundedSize;
import dev.lowtide.command.Command;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Removed;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.probe.DiskUsage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs the command of an item, and measures how much space it freed. */
final class CommandItem {
  private final RemovalTools tools;
  private final FreedSpaceMeter freed;

  CommandItem(RemovalTools tools, FreedSpaceMeter freed) {
    this.tools = tools;
    this.freed = freed;
  }

  Outcome run(PlanItem item, RunCommand command, DiskUsage before) throws IOException {
    Command.Result result = tools.commands().run(Command.of(command.argv()));
    Optional<String> failure = result.failure(command.argv());
    long freedBytes = before.exclusiveBytes() - freed.exclusiveBytes(item.path());
    BoundedSize size = FreedSpaceMeter.ofShrinking(item.path(), Math.max(0, freedBytes), before);
    List<String> remarks = new ArrayList<>();
    failure.ifPresent(remarks::add);
    if (freedBytes < 0) {
      // Other processes, or the tool itself, may write to a cache while the tool cleans it
      remarks.add(
          "it occupies "
              + FreedSpaceMeter.ofShrinking(item.path(), -freedBytes, before)
              + " more than before");
    }
    if (failure.isPresent()) {
      return new Failed(item, size, String.join("; ", remarks), List.of());
    }
    if (!tools.undoFor().isZero()) {
      remarks.add("its tool cannot restore it");
    }
    return Removed.forGood(item, size, String.join("; ", remarks));
  }

  /**
   * Runs a command whose effect only the tool can measure. The freed space counts as zero, and the
   * reason quotes the output of the tool.
   */
  Outcome runUnmeasured(PlanItem item, RunCommand command) throws IOException {
    Command.Result result = tools.commands().run(Command.of(command.argv()));
    return result
        .failure(command.argv())
        .<Outcome>map(why -> new Failed(item, BoundedSize.ZERO, why, List.of()))
        .orElseGet(
            () ->
                Removed.forGood(
                    item, BoundedSize.ZERO, command.argv().get(0) + " said: " + result.lastLine()));
  }
}
