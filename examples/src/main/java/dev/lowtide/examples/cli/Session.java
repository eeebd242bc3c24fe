package dev.lowtide.examples.cli;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.SizeProbe;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a command has to do with the world: the only way in which it reads and prints.
 *
 * @param host the machine and the user
 * @param in what a person answers
 * @param out for results: one JSON document, or text
 * @param err for everything else
 * @param terminal whether a person sits at the other end of all three
 * @param providers finds the policies; asked only by commands that need them
 * @param line shows on {@code err} how far something has come
 */
public record Session(
    HostEnvironment host,
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean terminal,
    Supplier<List<PolicyProvider>> providers,
    ProgressLine line) {

  public Session(
      HostEnvironment host,
      InputStream in,
      PrintStream out,
      PrintStream err,
      boolean terminal,
      Supplier<List<PolicyProvider>> providers) {
    this(
        host,
        in,
        out,
        err,
        terminal,
        providers,
        new ProgressLine(err, canRewriteLines(host, terminal)));
  }

  /** Whether a line may be written again in its place, and in colours: not on a dumb terminal. */
  public boolean canRewriteLines() {
    return canRewriteLines(host, terminal);
  }

  private static boolean canRewriteLines(HostEnvironment host, boolean terminal) {
    return terminal && host.variable("TERM").filter("dumb"::equals).isEmpty();
  }

  /** The best probe, which shows how far it has come where a person waits for it. */
  public SizeProbe probe() {
    return line.probe();
  }
}
