package dev.lowtide.policies.rust.builds;

import com.google.common.base.Splitter;
import dev.lowtide.HostEnvironment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The toolchains that rustup has installed, and which of them is asked where a project's files lie.
 *
 * <p>What rustup puts on {@code PATH} as {@code cargo} runs what a {@code rust-toolchain.toml} says
 * that lies in the working directory or above: any program, if that names a {@code path}, or a
 * toolchain that is fetched for it. To look at a directory must do neither. {@code
 * RUSTUP_TOOLCHAIN} goes before such files, whatever name or link rustup is reached by, and means
 * nothing to a cargo that is none of rustup's (rustup 1.29).
 */
final class Toolchains {
  private static final String RUSTUP = "rustup";
  private static final String CHOSEN = "RUSTUP_TOOLCHAIN";

  /** No toolchain, and of a name that no release has, so that rustup does not fetch it. */
  private static final String NONE = "lowtide-has-chosen-none";

  private Toolchains() {}

  /**
   * The lines of {@code rustup toolchain list}; empty if rustup does not answer or is not there.
   */
  static List<String> installed(HostEnvironment host) {
    return host.ask(RUSTUP, "toolchain", "list").stream()
        .flatMap(String::lines)
        .filter(line -> !line.isBlank())
        .toList();
  }

  /** The name of a toolchain, without what rustup says of it. */
  static String name(String line) {
    return Splitter.on(' ').splitToList(line).get(0);
  }

  /**
   * The machine on which {@code cargo} is the one that this user has chosen, in whatever directory
   * it runs; where nobody has chosen one of rustup's, none of them runs.
   */
  static HostEnvironment withOwnCargo(HostEnvironment host) {
    if (host.variable(CHOSEN).isPresent()) {
      return host;
    }
    String chosen =
        installed(host).stream()
            .filter(line -> line.endsWith("default)"))
            .findFirst()
            .map(Toolchains::name)
            .orElse(NONE);
    return host.withVariables(
        variables -> {
          Map<String, String> changed = new HashMap<>(variables);
          changed.put(CHOSEN, chosen);
          return changed;
        });
  }
}
