package dev.lowtide.examples.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Plans and applies in one go. */
@Command(
    name = "clean",
    description = "Removes what may go; on a terminal it asks first.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lowtide clean --root . --policy python --dry-run",
      "  lowtide clean --caches --max-size 10GB --yes",
    })
final class CleanCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private Selection selection = new Selection();
  @Mixin private Removal removal = new Removal();

  CleanCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() throws IOException {
    removal.requireConsent(session);
    removal.requireWritable();
    Selection.Selected selected =
        selection.plan(session, removal.progress(session), removal::applyTo);
    return removal.apply(session, selected.lowtide(), selected.plan());
  }
}
