package dev.lowtide.cli;

import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.SizeProbe;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Supplier;

/**
 * The environment of a command: everything that it reads from and prints to.
 *
 * @param host the machine and the user
 * @param in the answers of a person
 * @param out the result: one JSON document, or text
 * @param err everything else
 * @param terminal whether all three are a terminal
 * @param providers finds the policies; called only by commands that need them
 * @param jars the policies of other authors, which are among the providers
 * @param line shows progress on {@code err}
 */
public record Session(
    HostEnvironment host,
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean terminal,
    Supplier<List<PolicyProvider>> providers,
    PolicyJars jars,
    ProgressLine line) {

  /** The real machine, whose tools the policies of other authors may ask too. */
  public static Session ofThisMachine(boolean terminal) {
    PolicyJars jars = new PolicyJars(HostEnvironment.current(), System.err);
    Supplier<List<PolicyProvider>> providers = jars.after(Lowtide::installedProviders);
    HostEnvironment host = Lowtide.thisMachine(providers);
    return new Session(
        host,
        System.in,
        System.out,
        System.err,
        terminal,
        providers,
        jars,
        new ProgressLine(System.err, canRewriteLines(host, terminal)));
  }

  /** With the policies of other authors that the host's user has installed. */
  public Session(
      HostEnvironment host,
      InputStream in,
      PrintStream out,
      PrintStream err,
      boolean terminal,
      Supplier<List<PolicyProvider>> providers) {
    this(host, in, out, err, terminal, providers, new PolicyJars(host, err));
  }

  private Session(
      HostEnvironment host,
      InputStream in,
      PrintStream out,
      PrintStream err,
      boolean terminal,
      Supplier<List<PolicyProvider>> own,
      PolicyJars jars) {
    this(
        host,
        in,
        out,
        err,
        terminal,
        jars.after(own),
        jars,
        new ProgressLine(err, canRewriteLines(host, terminal)));
  }

  /** Whether lines can be overwritten and coloured: not on a dumb terminal. */
  public boolean canRewriteLines() {
    return canRewriteLines(host, terminal);
  }

  private static boolean canRewriteLines(HostEnvironment host, boolean terminal) {
    return terminal && host.variable("TERM").filter("dumb"::equals).isEmpty();
  }

  /** The best probe; on a terminal, its walks are shown. */
  public SizeProbe probe() {
    return line.probe();
  }
}
