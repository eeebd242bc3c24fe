package dev.lowtide.policies.rust.target;

import com.google.common.base.Splitter;
import dev.lowtide.HostEnvironment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The toolchains that rustup has installed, and which of them is asked where somebody else's files
 * lie.
 *
 * <p>What rustup puts on {@code PATH} as {@code cargo} runs what a {@code rust-toolchain.toml} says
 * that lies in the working directory or above: any program, if that names a {@code path}, or a
 * toolchain that is fetched for it. To look at a directory must do neither (rustup 1.29). What
 * {@code RUSTUP_TOOLCHAIN} names goes before such files, and so does {@code rustup run}.
 */
final class Toolchains {
  private static final String RUSTUP = "rustup";
  private static final String CHOSEN = "RUSTUP_TOOLCHAIN";

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

  /** How to run the cargo that this user has chosen, wherever that is; empty if there is none. */
  static List<String> cargo(HostEnvironment host) {
    Optional<Path> cargo = host.executable("cargo");
    if (cargo.isEmpty() || !isRustups(cargo.get(), host) || host.variable(CHOSEN).isPresent()) {
      return List.of("cargo");
    }
    return installed(host).stream()
        .filter(line -> line.endsWith("default)"))
        .findFirst()
        .map(line -> List.of(RUSTUP, "run", name(line), "cargo"))
        .orElse(List.of());
  }

  /** It links to rustup, or is another name of it that lies beside it. */
  private static boolean isRustups(Path cargo, HostEnvironment host) {
    return host.resolved(cargo).getFileName().toString().startsWith(RUSTUP)
        || host.executables(RUSTUP).stream()
            .anyMatch(rustup -> rustup.resolveSibling(cargo.getFileName()).equals(cargo));
  }
}
