package dev.lowtide.examples;

import dev.lowtide.HostEnvironment;
import dev.lowtide.examples.wheels.BuildWheels;
import java.util.Arrays;
import picocli.CommandLine;

/** The {@code lowtide} command. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    String[] rest = args.length == 0 ? args : Arrays.copyOfRange(args, 1, args.length);
    System.exit(
        new CommandLine(new BuildWheels(HostEnvironment.current(), System.out, System.err))
            .execute(rest));
  }
}
