package dev.lowtide.cli;

import static dev.lowtide.cli.Options.option;

import dev.lowtide.ByteSize;
import dev.lowtide.Durations;
import dev.lowtide.Printable;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.SizeProbe;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What every program here has in common: the options {@code -v}, {@code -q}, {@code --color},
 * {@code -h} and {@code -V}, how it reads values, how it fails, and its exit codes.
 */
public final class Program {
  /** Done, and it holds. */
  public static final int OK = 0;

  /** Something failed, or a verification failed. */
  public static final int FAILED = 1;

  /** The arguments are wrong. */
  static final int USAGE = 2;

  /** A guard refused something that was named. */
  static final int REFUSED = 3;

  private static final String VERBOSE = "--verbose";
  private static final String QUIET = "--quiet";

  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final int MAX_HOST_NAME_BYTES = 256;

  private enum Color {
    AUTO,
    ALWAYS,
    NEVER
  }

  private final Session session;
  private final CommandSpec spec;
  private Color color = Color.AUTO;

  private Program(Session session, CommandSpec spec) {
    this.session = session;
    this.spec = spec;
  }

  /**
   * Runs a program on the streams of this process, and ends the process unless the exit code is 0.
   *
   * @param program returns the exit code
   */
  public static void start(String name, ToIntFunction<Session> program) {
    int exit = program.applyAsInt(Session.ofThisMachine(onTerminal()));
    if (System.out.checkError() && !isOutputClosed()) {
      System.err.println(name + ": standard output could not be written; is its disk full?");
      exit = FAILED;
    }
    if (exit != OK) {
      System.exit(exit); // exit makes the JDK look for a logger, which takes ten milliseconds
    }
  }

  /**
   * Whether the reader of the output has gone, as after {@code lowtide plan | head}; that is no
   * error. {@link PrintStream} does not say why it failed, so this writes once more.
   */
  private static boolean isOutputClosed() {
    try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
      out.write('\n');
      return false;
    } catch (IOException e) {
      return String.valueOf(e.getMessage()).contains("Broken pipe"); // EPIPE, in every locale
    }
  }

  /**
   * Whether the standard streams are a terminal. The launcher passes the answer, because the JDK
   * needs milliseconds for it. JDK 22 to 24 have a console even without a terminal, unless {@code
   * jdk.console} selects the former one.
   */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean onTerminal() {
    String told = System.getProperty("lowtide.terminal");
    if (told != null) {
      return Boolean.parseBoolean(told);
    }
    System.setProperty("jdk.console", "java.base");
    return System.console() != null;
  }

  /**
   * The parser of a program.
   *
   * @param root its command, which gets the common options
   * @param commands its subcommands by name, which inherit them
   */
  public static CommandLine commandLine(
      Session session, Options root, Map<String, Supplier<CommandSpec>> commands) {
    Program program = new Program(session, root.spec());
    program.addOptions(root);
    CommandLine commandLine = new CommandLine(root.spec());
    commands.forEach((name, command) -> commandLine.addSubcommand(name, command.get()));
    return commandLine
        .setExpandAtFiles(false) // a name may begin with @
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(session.terminal())
        .setOut(new PrintWriter(session.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(session.err(), true, StandardCharsets.UTF_8))
        .registerConverter(Path.class, program::path)
        .registerConverter(Duration.class, sentence(Durations::parse))
        .registerConverter(ByteSize.class, sentence(ByteSize::parse))
        .registerConverter(OptionalInt.class, sentence(Retention::parseCount))
        .setParameterExceptionHandler((e, args) -> program.usage(e))
        .setExecutionExceptionHandler((e, command, parsed) -> program.failure(e))
        .setExecutionStrategy(
            parsed -> {
              if (!parsed.unmatched().isEmpty()) { // picocli takes any word before --help
                throw new UnmatchedArgumentException(commandLine, parsed.unmatched());
              }
              commandLine.setColorScheme(CommandLine.Help.defaultColorScheme(program.ansi()));
              program.introduce();
              return new CommandLine.RunLast().execute(parsed);
            });
  }

  private void addOptions(Options options) {
    options.value(
        option("-v, " + VERBOSE)
            .scopeType(ScopeType.INHERIT)
            .description(
                "Print each item, the JDK and the probe, and the stack trace of an error."),
        boolean.class,
        value -> {});
    options.value(
        option("-q, " + QUIET)
            .scopeType(ScopeType.INHERIT)
            .description("Print errors only, and the plan if you must confirm it."),
        boolean.class,
        value -> {});
    options.value(
        option("--color=auto|always|never")
            .scopeType(ScopeType.INHERIT)
            .defaultValue("auto")
            .description("When to use colours. auto: on a terminal, unless NO_COLOR is set."),
        Color.class,
        value -> color = value);
    options.value(
        option("--policies-path=JAR|DIR")
            .scopeType(ScopeType.INHERIT)
            .description(
                "Also use the policies in a jar, or in each jar of a directory. More are found in"
                    + " LOWTIDE_POLICIES and ~/.config/lowtide/policies."),
        Path[].class,
        paths -> List.of(paths).forEach(session.jars()::add));
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
    spec.versionProvider(() -> new String[] {version()});
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
    return isGiven(spec, VERBOSE);
  }

  /** How much a command prints about its work. */
  public static Progress.Detail detail(@Nullable CommandSpec spec) {
    return isGiven(spec, QUIET)
        ? Progress.Detail.ERRORS
        : isVerbose(spec) ? Progress.Detail.EACH_ITEM : Progress.Detail.SUMMARY;
  }

  private static boolean isGiven(@Nullable CommandSpec spec, String flag) {
    return spec != null && Boolean.TRUE.equals(spec.root().findOption(flag).getValue());
  }

  /**
   * How this run was started, for people: the command line, the version and the machine. Of a
   * command after {@code --} only the name, since its arguments may contain a password.
   *
   * @param spec of any command
   */
  static String run(CommandSpec spec) {
    CommandSpec root = spec.root();
    StringBuilder typed = new StringBuilder(root.name());
    List<String> arguments = root.commandLine().getParseResult().originalArgs();
    int end = arguments.indexOf("--");
    boolean hasCommand = end >= 0 && end + 1 < arguments.size();
    for (String argument : hasCommand ? arguments.subList(0, end + 2) : arguments) {
      String word = Printable.of(argument);
      typed.append(' ').append(word.matches("[\\w./:,=%@+~-]+") ? word : "'" + word + "'");
    }
    if (hasCommand && end + 2 < arguments.size()) {
      typed.append(" …");
    }
    return typed + "\n" + versionOf(root) + hostName().map(name -> " on " + name).orElse("");
  }

  private static Optional<String> hostName() {
    try {
      return Optional.of(
          Printable.of(ForeignFile.readKernelFile(HOST_NAME, MAX_HOST_NAME_BYTES).strip()));
    } catch (IOException e) {
      return Optional.empty(); // not Linux
    }
  }

  private void introduce() {
    if (isVerbose(spec)) {
      session
          .err()
          .println(
              "[INFO] "
                  + version()
                  + ", JDK "
                  + Runtime.version()
                  + ", "
                  + SizeProbe.best().name()
                  + " probe");
    }
  }

  private int usage(ParameterException e) {
    String message = Printable.of(String.valueOf(e.getMessage()));
    boolean complete = e.getCause() instanceof TypeConversionException;
    String see = "; see";
    if (e instanceof UnmatchedArgumentException unmatched) {
      CommandLine command = unmatched.getCommandLine();
      if (command.getParent() == null
          && !command.getSubcommands().isEmpty()
          && !unmatched.isUnknownOption()) {
        message = "There is no command '" + Printable.of(unmatched.getUnmatched().get(0)) + "'";
      }
      if (!unmatched.getSuggestions().isEmpty()) {
        String similar = unmatched.getSuggestions().get(0).replaceFirst(".* ", "");
        message += "; did you mean '" + similar + "'?";
        see = " See";
      }
    }
    String help = see + " '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'";
    session.err().println(spec.name() + ": " + message + (complete ? "" : help));
    return USAGE;
  }

  private int failure(Exception e) {
    Failure failure = Failure.of(e);
    session.err().println(spec.name() + ": " + failure.message());
    if (isVerbose(spec) && failure.exit() != USAGE) {
      e.printStackTrace(session.err());
    }
    return failure.exit();
  }

  /** What {@code --version} prints. */
  private String version() {
    return versionOf(spec);
  }

  private static String versionOf(CommandSpec spec) {
    try (InputStream in = Program.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return spec.name() + " " + properties.getProperty("version", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
