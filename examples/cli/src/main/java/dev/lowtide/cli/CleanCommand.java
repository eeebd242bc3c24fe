package dev.lowtide.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code clean}: makes a plan and applies it. */
final class CleanCommand implements Callable<Integer> {
  private final Session session;
  private final GoalOptions goals = new GoalOptions(false);
  private final Selection selection = new Selection(goals);
  private final Removal removal = new Removal();

  CleanCommand(Session session) {
    this.session = session;
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "clean",
            this,
            "Plans and removes; on a terminal it asks first.",
            "  lowtide clean --root . --policy python --dry-run",
            "  lowtide clean --caches --max-size 10GB --yes");
    options.exits(
        "Items were removed, or there was nothing to remove.",
        "An item failed, every item was skipped, you declined, a goal was not met, or the remains"
            + " of an earlier run cannot be removed.",
        LowtideCommand.ROOT_REFUSED);
    selection.addTo(options);
    removal.addTo(options);
    return options.spec();
  }

  @Override
  public Integer call() throws IOException {
    removal.requireConsent(session);
    removal.rejectUndoWithGoal(goals);
    removal.requireWritable();
    Selection.Selected selected =
        selection.plan(session, removal.progress(session), removal::applyTo);
    return removal.apply(session, selected);
  }
}
