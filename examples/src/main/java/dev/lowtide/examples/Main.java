package dev.lowtide.examples;

import dev.lowtide.HostEnvironment;
import dev.lowtide.examples.cli.LowtideCommand;
import dev.lowtide.examples.cli.Session;
import dev.lowtide.examples.wheels.BuildWheels;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.probe.SizeProbe;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** The entry point of the {@code lowtide} command. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    if (args.length > 0 && !args[0].startsWith("-")) {
      prepare();
    }
    Session session =
        new Session(
            Lowtide.thisMachine(Lowtide::installedProviders),
            System.in,
            System.out,
            System.err,
            onTerminal(),
            Lowtide::installedProviders);
    int exit = run(args, session);
    if (System.out.checkError() && !isOutputClosed()) {
      System.err.println("lowtide: standard output could not be written; is its disk full?");
      exit = LowtideCommand.FAILED;
    }
    if (exit != 0) {
      System.exit(exit); // exit makes the JDK look for a logger, which takes ten milliseconds
    }
  }

  /** Makes the native calls ready in another thread, while this one parses the arguments. */
  private static void prepare() {
    Thread thread = new Thread(SizeProbe::best, "native calls");
    thread.setDaemon(true);
    thread.start();
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
   * Runs a command in this process, without a terminal and with the installed policies.
   *
   * @return the exit code
   */
  public static int run(
      String[] args, HostEnvironment host, InputStream in, PrintStream out, PrintStream err) {
    return run(args, new Session(host, in, out, err, false, Lowtide::installedProviders));
  }

  /**
   * Runs a command in this process.
   *
   * @return the exit code
   */
  public static int run(String[] args, Session session) {
    String[] asked = withHelpAsOption(args);
    return commandLine(asked, session).execute(asked);
  }

  /** Replaces {@code help COMMAND} by {@code COMMAND --help}. */
  private static String[] withHelpAsOption(String[] args) {
    if (args.length == 0 || !args[0].equals("help")) {
      return args;
    }
    String[] asked = Arrays.copyOfRange(args, 1, args.length + 1);
    asked[args.length - 1] = "--help";
    return asked;
  }

  /** The parser for these arguments. */
  public static CommandLine commandLine(String[] args, Session session) {
    return LowtideCommand.commandLine(
        session, List.of(args), Map.of("build-wheels", () -> new BuildWheels(session).command()));
  }
}
