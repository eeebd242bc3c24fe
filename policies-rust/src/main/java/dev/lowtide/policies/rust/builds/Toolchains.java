package dev.lowtide.policies.rust.builds;

import com.google.common.base.Splitter;
import dev.lowtide.HostEnvironment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The toolchains that rustup installed, and the one whose cargo may run in a project's directory.
 *
 * <p>rustup's {@code cargo} on {@code PATH} obeys a {@code rust-toolchain.toml} in the working
 * directory or above. That file may name any program with {@code path}, or a toolchain that rustup
 * then downloads. Planning must cause neither. {@code RUSTUP_TOOLCHAIN} takes precedence over such
 * files, by whatever name or link rustup is started, and has no effect on a cargo without rustup
 * (rustup 1.29).
 */
final class Toolchains {
  private static final String RUSTUP = "rustup";
  private static final String CHOSEN = "RUSTUP_TOOLCHAIN";

  /** The name of no toolchain and of no release, so that rustup downloads nothing. */
  private static final String NONE = "lowtide-has-chosen-none";

  private Toolchains() {}

  /**
   * Asks rustup in another thread. The tools of a machine keep its answer, so {@link #installed}
   * and {@link #withOwnCargo} do not wait as long.
   */
  static void begin(HostEnvironment host) {
    Thread asking = new Thread(() -> installed(host), "lowtide-rustup");
    asking.setDaemon(true);
    asking.start();
  }

  /** The lines of {@code rustup toolchain list}; empty if rustup is missing or does not answer. */
  static List<String> installed(HostEnvironment host) {
    return host.ask(RUSTUP, "toolchain", "list").stream()
        .flatMap(String::lines)
        .filter(line -> !line.isBlank())
        .toList();
  }

  /** The name of the toolchain in a line, without rustup's remarks. */
  static String name(String line) {
    return Splitter.on(' ').splitToList(line).get(0);
  }

  /**
   * The same machine, where {@code cargo} is the user's default toolchain in every directory.
   * Without a default, no toolchain of rustup runs.
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
