package dev.lowtide.cli;

import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.probe.SizeProbe;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;

/** The entry point of the {@code lowtide} command. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    if (args.length > 0 && !args[0].startsWith("-")) {
      prepare();
    }
    Program.start("lowtide", session -> run(args, session));
  }

  /** Makes the native calls ready in another thread, while this one parses the arguments. */
  private static void prepare() {
    Thread thread = new Thread(SizeProbe::best, "native calls");
    thread.setDaemon(true);
    thread.start();
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
    return LowtideCommand.commandLine(session, List.of(args));
  }
}
