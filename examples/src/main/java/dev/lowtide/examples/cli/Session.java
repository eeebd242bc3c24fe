package dev.lowtide.examples.cli;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.PolicyProvider;
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
 */
public record Session(
    HostEnvironment host,
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean terminal,
    Supplier<List<PolicyProvider>> providers) {

  /** Whether a line may be written again in its place, and in colours: not on a dumb terminal. */
  public boolean canRewriteLines() {
    return terminal && host.variable("TERM").filter("dumb"::equals).isEmpty();
  }
}
