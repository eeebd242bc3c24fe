package dev.lowtide.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The root command: the list of commands. */
final class LowtideCommand implements Callable<Integer> {
  /** The meaning of {@link Program#REFUSED} for commands with roots. */
  static final String ROOT_REFUSED = "3:A directory that was named must not be cleaned.";

  private static final String VERIFY = "verify";
  private static final String GUARD = "guard";

  private final Session session;
  private @Nullable CommandSpec spec;

  private LowtideCommand(Session session) {
    this.session = session;
  }

  /**
   * Makes the root command with its subcommands.
   *
   * <p>Making all of them takes longer than measuring a small tree. So if the first argument names
   * a command, only this one is made, and none for {@code --version}.
   *
   * @param arguments the arguments that will be parsed
   */
  static CommandLine commandLine(Session session, List<String> arguments) {
    Map<String, Supplier<CommandSpec>> commands = new LinkedHashMap<>();
    commands.put("size", () -> new SizeCommand(session).command());
    commands.put("policies", () -> new PoliciesCommand(session).command());
    commands.put("plan", () -> new PlanCommand(session).command());
    commands.put("clean", () -> new CleanCommand(session).command());
    commands.put("apply", () -> new ApplyCommand(session).command());
    commands.put("trash", () -> new TrashCommand().command(session));
    commands.put("baseline", () -> new BaselineCommand(session).command());
    commands.put(VERIFY, () -> new VerifyCommand(session).command());
    commands.put(GUARD, () -> new GuardCommand(session).command());
    commands.put("history", () -> new HistoryCommand(session).command());
    commands.put("doctor", () -> new DoctorCommand(session).command());
    if (!arguments.isEmpty()) {
      String name = arguments.get(0);
      Supplier<CommandSpec> asked = commands.get(name);
      if (asked != null) {
        commands = Map.of(name, asked);
      } else if (List.of("--version", "-V").contains(name) && arguments.size() == 1) {
        commands = Map.of();
      }
    }
    LowtideCommand root = new LowtideCommand(session);
    CommandLine commandLine = Program.commandLine(session, root.options(), commands);
    for (String name : List.of(VERIFY, GUARD)) {
      CommandLine running = commandLine.getSubcommands().get(name);
      if (running != null) {
        running.setStopAtPositional(true); // the rest is a command with options of its own
      }
    }
    return commandLine;
  }

  private Options options() {
    Options options =
        new Options(
            "lowtide",
            this,
            "Measures what builds leave on a disk, says what can be removed and why, and removes"
                + " it.",
            "  lowtide size --top 10 .",
            "  lowtide clean --root . --policy python --dry-run");
    options.exits("Done.", "Something failed, or a verification failed.", ROOT_REFUSED);
    options.spec().usageMessage().synopsisSubcommandLabel("COMMAND");
    spec = options.spec();
    return options;
  }

  @Override
  public Integer call() {
    Objects.requireNonNull(spec).commandLine().usage(session.out());
    return Program.OK;
  }
}
