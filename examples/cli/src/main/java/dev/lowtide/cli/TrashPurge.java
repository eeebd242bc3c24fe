package dev.lowtide.cli;

import static dev.lowtide.cli.Options.parameters;

import dev.lowtide.BoundedSize;
import dev.lowtide.execute.Trash;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code trash purge}. */
final class TrashPurge implements Callable<Integer> {
  private final Session session;
  private List<String> ids = new ArrayList<>();
  private boolean all;
  private boolean yes;
  private final TrashCommand.Place place = new TrashCommand.Place();

  TrashPurge(Session session) {
    this.session = session;
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "purge",
            this,
            "Permanently removes the named items; without IDs, expired items and the remains of"
                + " interrupted runs.",
            "  lowtide trash purge 3f2a 77b0",
            "  lowtide trash purge --all");
    options.exits(
        "Every item was removed.",
        "An item could not be removed, a directory could not be read, or you declined.",
        TrashCommand.ITEM_REFUSED);
    options.list(
        parameters()
            .arity("0..*")
            .paramLabel("ID")
            .description("IDs of 'lowtide trash list'; the first characters are enough."),
        String.class,
        value -> ids = value);
    options.flag(
        "--all",
        value -> all = value,
        "Remove everything, including what could still be restored.");
    options.flag(
        "-y, --yes",
        value -> yes = value,
        "Do not ask before removing what could still be restored. Without a terminal, nothing is"
            + " asked.");
    place.addTo(options);
    return options.spec();
  }

  @Override
  public Integer call() throws IOException {
    if (all && !ids.isEmpty()) {
      throw new UsageException("Name IDs to purge, or use --all; not both");
    }
    Trash trash = TrashCommand.trash(session);
    Trash.Listing listing = place.list(trash, session.host());
    place.warn(session, listing);
    List<Trash.Item> selected = selected(listing.items());
    if (!yes && session.terminal() && !agreed(selected)) {
      place.progress(session).info("Nothing was removed");
      return Program.FAILED;
    }
    List<Trash.Result> results = trash.purge(selected);
    if (results.isEmpty()) {
      place.progress(session).info("There is nothing to purge; --all also removes what is kept");
    }
    int exit = place.report(session, results);
    boolean sawAll = !ids.isEmpty() || listing.problems().isEmpty();
    return exit == Program.OK && !sawAll ? Program.FAILED : exit;
  }

  /** Asks about what could still be restored; true if nothing could be. */
  private boolean agreed(List<Trash.Item> selected) throws IOException {
    List<Trash.Item> kept =
        selected.stream().filter(item -> item.state() == Trash.State.KEPT).toList();
    if (kept.isEmpty()) {
      return true;
    }
    int shown = place.listed(kept.size());
    session.err().print(TrashCommand.table(kept.subList(0, shown)));
    Removal.sayHowManyMore(place.progress(session), kept.size() - shown);
    BoundedSize size =
        kept.stream().map(Trash.Item::allocated).reduce(BoundedSize.ZERO, BoundedSize::plus);
    return Removal.agreed(
        session, "Permanently remove " + Removal.items(kept.size()) + ", " + size + "?");
  }

  private List<Trash.Item> selected(List<Trash.Item> items) {
    if (!ids.isEmpty()) {
      return TrashCommand.named(ids, items);
    }
    return items.stream()
        .filter(item -> item.state() != Trash.State.FOREIGN)
        .filter(item -> all || item.state() != Trash.State.KEPT)
        .toList();
  }
}
