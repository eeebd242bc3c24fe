package dev.lowtide.cli;

import static dev.lowtide.cli.Options.parameters;

import dev.lowtide.BoundedSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.Trash;
import dev.lowtide.execute.Trash.Result.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The command {@code trash} with its three subcommands, for what {@code --undo-for} kept. */
final class TrashCommand implements Callable<Integer> {
  static final String ITEM_REFUSED =
      "3:An item was refused, for example because its path is taken.";

  private @Nullable CommandSpec spec;

  /** The command with its options. */
  CommandSpec command(Session session) {
    Options options =
        new Options(
            "trash",
            this,
            "Lists, restores or permanently removes what --undo-for kept.",
            "  lowtide trash list",
            "  lowtide trash restore 3f2a");
    options.exits("Done.", "Something failed.", ITEM_REFUSED);
    options.spec().usageMessage().synopsisSubcommandLabel("list|restore|purge");
    spec = options.spec();
    spec.addSubcommand("list", new ListCommand(session).command());
    spec.addSubcommand("restore", new RestoreCommand(session).command());
    spec.addSubcommand("purge", new TrashPurge(session).command());
    return spec;
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "Write list, restore or purge");
  }

  /** The options that all three subcommands share. */
  static final class Place {
    private @Nullable CommandSpec spec;
    private List<Path> roots = new ArrayList<>();

    final Json json = new Json();

    void addTo(Options options) {
      spec = options.spec();
      options.list(
          "--root=DIR",
          Path.class,
          value -> roots = value,
          "A directory that was cleaned; repeatable. Default: all in which this user kept"
              + " something.");
      json.addTo(options);
    }

    Progress progress(Session session) {
      return Removal.progress(session, spec);
    }

    /** How many of a number of items are listed. */
    int listed(int number) {
      return Removal.listed(number, spec);
    }

    Trash.Listing list(Trash trash, HostEnvironment host) throws IOException {
      List<Path> absolute = new ArrayList<>();
      for (Path root : roots) {
        absolute.add(Inputs.root(host, root));
      }
      return trash.list(absolute);
    }

    void warn(Session session, Trash.Listing listing) {
      listing.problems().forEach(problem -> progress(session).warn(problem.toString()));
    }

    int report(Session session, List<Trash.Result> results) {
      BoundedSize freed =
          results.stream().map(Trash.Result::freed).reduce(BoundedSize.ZERO, BoundedSize::plus);
      if (json.requested()) {
        Json.print(session.out(), Trash.toJson(results));
      }
      Progress progress = progress(session);
      List<Trash.Result> done = results.stream().filter(TrashCommand::isDone).toList();
      List<Trash.Result> kept = results.stream().filter(result -> !isDone(result)).toList();
      for (Trash.Result result : done.subList(0, listed(done.size()))) {
        progress.info(
            result.verdict() == Verdict.RESTORED
                ? "Restored " + result.place().map(Path::toString).orElse("")
                : "Removed for good " + name(result.item()));
      }
      Removal.sayHowManyMore(progress, done.size() - listed(done.size()));
      for (Trash.Result result : kept.subList(0, listed(kept.size()))) {
        progress.error("Kept " + name(result.item()) + ": " + result.reason());
      }
      Removal.sayHowManyMore(progress, kept.size() - listed(kept.size()));
      if (freed.bytes() > 0) {
        progress.success("Freed " + freed);
      }
      return has(results, Verdict.FAILED)
          ? Program.FAILED
          : has(results, Verdict.REFUSED) ? Program.REFUSED : Program.OK;
    }

    private static boolean has(List<Trash.Result> results, Verdict verdict) {
      return results.stream().anyMatch(result -> result.verdict() == verdict);
    }
  }

  private static boolean isDone(Trash.Result result) {
    return result.verdict() == Verdict.RESTORED || result.verdict() == Verdict.PURGED;
  }

  static Trash trash(Session session) {
    return Lowtide.builder().host(session.host()).build().trash();
  }

  /** The original path of an item, or its path in the quarantine if that is unknown. */
  private static String name(Trash.Item item) {
    return item.origin().map(Trash.Origin::path).orElse(item.path()).toString();
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  static String table(List<Trash.Item> items) {
    if (items.isEmpty()) {
      return "Nothing is kept\n";
    }
    Table table = new Table("ID", "STATE", ">SIZE", "UNTIL", "PATH");
    for (Trash.Item item : items) {
      table.row(
          item.id(),
          word(item.state()),
          item.allocated(),
          item.until().map(Object::toString).orElse(""),
          name(item));
    }
    return table.toString();
  }

  /**
   * The items with these ids, or with ids that begin so.
   *
   * @throws UsageException if no item or several items match
   */
  static List<Trash.Item> named(List<String> ids, List<Trash.Item> items) {
    List<Trash.Item> named = new ArrayList<>();
    for (String id : ids) {
      List<Trash.Item> matching =
          items.stream().filter(item -> item.id().startsWith(id) && !id.isEmpty()).toList();
      if (matching.size() != 1) {
        throw new UsageException(
            (matching.isEmpty()
                    ? "No item has the id '"
                    : "Several items have ids that begin with '")
                + id
                + "'; 'lowtide trash list' shows all, and --root adds a directory to search");
      }
      if (!named.contains(matching.get(0))) {
        named.add(matching.get(0));
      }
    }
    return named;
  }

  /** The command {@code trash list}. */
  static final class ListCommand implements Callable<Integer> {
    private final Session session;
    private final Place place = new Place();

    ListCommand(Session session) {
      this.session = session;
    }

    /** The command with its options. */
    CommandSpec command() {
      Options options =
          new Options(
              "list",
              this,
              "Lists what can be restored, and the remains of interrupted runs.",
              "  lowtide trash list",
              "  lowtide trash list --root . --json");
      options.exits("The items are listed.", "A directory could not be read.");
      place.addTo(options);
      return options.spec();
    }

    @Override
    public Integer call() throws IOException {
      Trash.Listing listing = place.list(trash(session), session.host());
      if (place.json.requested()) {
        Json.print(session.out(), listing.toJson());
      } else {
        session.out().print(table(listing.items()));
        session.out().flush();
      }
      place.warn(session, listing);
      return listing.problems().isEmpty() ? Program.OK : Program.FAILED;
    }
  }

  /** The command {@code trash restore}. */
  static final class RestoreCommand implements Callable<Integer> {
    private final Session session;
    private List<String> ids = new ArrayList<>();
    private @Nullable Path to;
    private final Place place = new Place();

    RestoreCommand(Session session) {
      this.session = session;
    }

    /** The command with its options. */
    CommandSpec command() {
      Options options =
          new Options(
              "restore",
              this,
              "Restores kept items; replaces nothing.",
              "  lowtide trash restore 3f2a",
              "  lowtide trash restore 3f2a --to build.old");
      options.exits("Every item was restored.", "An item could not be restored.", ITEM_REFUSED);
      options.list(
          parameters()
              .arity("1..*")
              .paramLabel("ID")
              .description("IDs of 'lowtide trash list'; the first characters are enough."),
          String.class,
          value -> ids = value);
      options.value(
          "--to=PATH",
          Path.class,
          value -> to = value,
          "Restore to this path instead, on the same file system.");
      place.addTo(options);
      return options.spec();
    }

    @Override
    public Integer call() throws IOException {
      if (to != null && ids.size() > 1) {
        throw new UsageException("--to names one path; restore one ID at a time");
      }
      Trash trash = trash(session);
      Trash.Listing listing = place.list(trash, session.host());
      place.warn(session, listing);
      Optional<Path> instead =
          Optional.ofNullable(to).map(path -> Inputs.root(session.host(), path));
      List<Trash.Item> named = named(ids, listing.items());
      return place.report(
          session,
          instead.isPresent()
              ? List.of(trash.restore(named.get(0), instead))
              : trash.restore(named));
    }
  }
}
