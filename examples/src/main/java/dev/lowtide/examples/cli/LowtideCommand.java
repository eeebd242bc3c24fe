package dev.lowtide.examples.cli;

import static dev.lowtide.examples.cli.Options.option;

import dev.lowtide.ByteSize;
import dev.lowtide.Durations;
import dev.lowtide.Printable;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The root command: the options that all commands share, and the list of commands. */
public final class LowtideCommand implements Callable<Integer> {
  /** Done, and it holds. */
  public static final int OK = 0;

  /** Something failed, or a verification does not hold. */
  public static final int FAILED = 1;

  /** The arguments are wrong. */
  static final int USAGE = 2;

  /** A guard refused something that was named. */
  static final int REFUSED = 3;

  /** The meaning of {@link #REFUSED} for commands with roots. */
  static final String ROOT_REFUSED = "3:A directory that was named must not be cleaned.";

  private static final String VERIFY = "verify";
  private static final String GUARD = "guard";

  private enum Color {
    AUTO,
    ALWAYS,
    NEVER
  }

  private final Session session;

  private @Nullable CommandSpec spec;

  private boolean verbose;

  private boolean quiet;

  private Color color = Color.AUTO;

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
   * @param others further subcommands by name; they inherit {@code -h}, {@code -v} and {@code
   *     --color}
   */
  public static CommandLine commandLine(
      Session session, List<String> arguments, Map<String, Supplier<CommandSpec>> others) {
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
    commands.putAll(others);
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
    CommandLine commandLine = new CommandLine(root.command());
    commands.forEach((name, command) -> commandLine.addSubcommand(name, command.get()));
    commandLine
        .setExpandAtFiles(false) // a name may begin with @
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(session.terminal())
        .setOut(new PrintWriter(session.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(session.err(), true, StandardCharsets.UTF_8))
        .registerConverter(Path.class, root::path)
        .registerConverter(Duration.class, sentence(Durations::parse))
        .registerConverter(ByteSize.class, sentence(ByteSize::parse))
        .registerConverter(OptionalInt.class, sentence(Retention::parseCount))
        .setParameterExceptionHandler((e, args) -> root.usage(e))
        .setExecutionExceptionHandler((e, command, parsed) -> root.failure(e))
        .setExecutionStrategy(
            parsed -> {
              if (!parsed.unmatched().isEmpty()) { // picocli takes any word before --help
                throw new UnmatchedArgumentException(commandLine, parsed.unmatched());
              }
              commandLine.setColorScheme(CommandLine.Help.defaultColorScheme(root.ansi()));
              root.introduce();
              return new CommandLine.RunLast().execute(parsed);
            });
    for (String name : List.of(VERIFY, GUARD)) {
      CommandLine running = commandLine.getSubcommands().get(name);
      if (running != null) {
        running.setStopAtPositional(true); // the rest is a command with options of its own
      }
    }
    return commandLine;
  }

  private static <T> ITypeConverter<T> sentence(ITypeConverter<T> parse) {
    return text -> {
      try {
        return parse.convert(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    };
  }

  private Path path(String text) {
    if (text.indexOf('\uFFFD') >= 0) {
      throw new TypeConversionException(
          "'" + text + "' cannot be read in this locale; run with LC_ALL=C.UTF-8");
    }
    try {
      return session.host().path(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("'" + text + "' is not a path: " + e.getReason());
    }
  }

  private Ansi ansi() {
    return switch (color) {
      case ALWAYS -> Ansi.ON;
      case NEVER -> Ansi.OFF;
      case AUTO ->
          session.canRewriteLines() && session.host().variable("NO_COLOR").isEmpty()
              ? Ansi.ON
              : Ansi.OFF;
    };
  }

  /**
   * Whether {@code -v} was given.
   *
   * @param spec of any command
   */
  public static boolean isVerbose(@Nullable CommandSpec spec) {
    return spec != null && spec.root().userObject() instanceof LowtideCommand root && root.verbose;
  }

  /** How much a command prints about its work. */
  public static Progress.Detail detail(@Nullable CommandSpec spec) {
    if (spec != null && spec.root().userObject() instanceof LowtideCommand root && root.quiet) {
      return Progress.Detail.ERRORS;
    }
    return isVerbose(spec) ? Progress.Detail.EACH_ITEM : Progress.Detail.SUMMARY;
  }

  private void introduce() {
    if (verbose) {
      session
          .err()
          .println(
              "[INFO] lowtide "
                  + Version.number()
                  + ", JDK "
                  + Runtime.version()
                  + ", "
                  + SizeProbe.best().name()
                  + " probe");
    }
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "lowtide",
            this,
            "Measures what builds leave on a disk, says what can be removed and why, and removes"
                + " it.",
            "  lowtide size --top 10 .",
            "  lowtide clean --root . --policy python --dry-run");
    options.exits("Done.", "Something failed, or a verification does not hold.", ROOT_REFUSED);
    options.spec().usageMessage().synopsisSubcommandLabel("COMMAND");
    options.spec().versionProvider(new Version());
    spec = options.spec();
    options.value(
        option("-v, --verbose")
            .scopeType(ScopeType.INHERIT)
            .description("Name each item, the JDK and the probe, and where an error came from."),
        boolean.class,
        value -> verbose = value);
    options.value(
        option("-q, --quiet")
            .scopeType(ScopeType.INHERIT)
            .description("Print errors only, and the plan only if you are asked about it."),
        boolean.class,
        value -> quiet = value);
    options.value(
        option("--color=auto|always|never")
            .scopeType(ScopeType.INHERIT)
            .defaultValue("auto")
            .description("When to use colours. auto: on a terminal, unless NO_COLOR is set."),
        Color.class,
        value -> color = value);
    options.add(
        option("-h, --help")
            .usageHelp(true)
            .scopeType(ScopeType.INHERIT)
            .description("Show this help and exit.")
            .type(boolean.class));
    options.add(
        option("-V, --version")
            .versionHelp(true)
            .description("Show the version and exit.")
            .type(boolean.class));
    return options.spec();
  }

  @Override
  public Integer call() {
    Objects.requireNonNull(spec).commandLine().usage(session.out());
    return OK;
  }

  private int usage(ParameterException e) {
    String message = Printable.of(String.valueOf(e.getMessage()));
    boolean complete = e.getCause() instanceof TypeConversionException;
    String see = "; see";
    if (e instanceof UnmatchedArgumentException unmatched) {
      if (unmatched.getCommandLine().getParent() == null && !unmatched.isUnknownOption()) {
        message = "There is no command '" + Printable.of(unmatched.getUnmatched().get(0)) + "'";
      }
      if (!unmatched.getSuggestions().isEmpty()) {
        String similar = unmatched.getSuggestions().get(0).replaceFirst(".* ", "");
        message += "; did you mean '" + similar + "'?";
        see = " See";
      }
    }
    String help = see + " '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'";
    session.err().println("lowtide: " + message + (complete ? "" : help));
    return USAGE;
  }

  private int failure(Exception e) {
    Failure failure = Failure.of(e);
    session.err().println("lowtide: " + failure.message());
    if (verbose && failure.exit() != USAGE) {
      e.printStackTrace(session.err());
    }
    return failure.exit();
  }

  /** The version that {@code --version} prints. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"lowtide " + number()};
    }

    static String number() {
      try (InputStream in = LowtideCommand.class.getResourceAsStream("version.properties")) {
        Properties properties = new Properties();
        properties.load(in);
        return properties.getProperty("version", "");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
