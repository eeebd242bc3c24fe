package dev.lowtide.cli;

import static dev.lowtide.cli.Options.parameters;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.plan.CleanupPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code apply}: removes the items of a saved plan. */
final class ApplyCommand implements Callable<Integer> {
  private final Session session;

  /** Matches the messages of {@link CleanupPlan#load} that {@code --from-elsewhere} solves. */
  private static final Pattern NOT_MADE_HERE = Pattern.compile("machine and user|another user");

  private @Nullable Path file;
  private boolean fromElsewhere;
  private final GuardOptions guards = new GuardOptions();
  private final Removal removal = new Removal();

  ApplyCommand(Session session) {
    this.session = session;
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "apply",
            this,
            "Removes the items of a saved plan; skips items that changed since.",
            "  lowtide apply caches.json --dry-run",
            "  lowtide apply caches.json --yes");
    options.exits(
        "Items were removed, or there was nothing to remove.",
        "An item failed, every item was skipped, you declined, or the remains of an earlier run"
            + " cannot be removed.",
        LowtideCommand.ROOT_REFUSED);
    options.value(
        parameters().paramLabel("FILE").description("A plan that 'lowtide plan -o FILE' wrote."),
        Path.class,
        value -> file = value);
    options.flag(
        "--from-elsewhere",
        value -> fromElsewhere = value,
        "Accept a plan that was made on another machine, by another user or by hand, and"
            + " remove only items that are also in a new plan made here.");
    guards.addTo(options);
    removal.addTo(options);
    return options.spec();
  }

  @Override
  public Integer call() throws IOException {
    CleanupPlan plan = read(Objects.requireNonNull(file), fromElsewhere, session.host());
    removal.requireConsent(session);
    removal.requireWritable();
    for (CleanupTarget target : plan.targets()) {
      Lowtide.checkTarget(target, session.host());
    }
    LowtideBuilder builder =
        Lowtide.builder()
            .host(session.host())
            .probe(session.probe())
            .listener(removal.progress(session));
    // The providers' protected paths and the accounts of their policies apply to a saved plan too
    builder.providers(session.providers().get());
    guards.applyTo(builder);
    removal.applyTo(builder);
    Lowtide lowtide = builder.build();
    return removal.apply(
        session,
        new Selection.Selected(
            lowtide, fromElsewhere ? plan.confirmedBy(lowtide.plan(plan.targets())) : plan));
  }

  private static CleanupPlan read(Path file, boolean fromElsewhere, HostEnvironment host) {
    Inputs.requireFile(file, "plan");
    try {
      return fromElsewhere ? CleanupPlan.loadFromElsewhere(file) : CleanupPlan.load(file, host);
    } catch (IOException e) {
      throw Inputs.unreadable(file, e);
    } catch (CleanupPlan.FormatException e) {
      throw new UsageException(
          "'"
              + Printable.of(file.toAbsolutePath())
              + "' cannot be applied: "
              + e.getMessage()
              + (NOT_MADE_HERE.matcher(String.valueOf(e.getMessage())).find()
                  ? ", or see --from-elsewhere"
                  : ""));
    }
  }
}
