package dev.lowtide.policies.rust.builds;

import com.google.common.base.Suppliers;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.lowtide.HostEnvironment;
import dev.lowtide.probe.Entry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Finds units of compilers that are no longer installed. No build finds such units fresh: cargo
 * records a hash of the output of {@code rustc -vV}, and rebuilds units with another hash.
 *
 * <p>A hash does not show which compiler it is of, since versions of cargo compute it differently.
 * So the version of the compiler is read from the metadata of a library with that hash, which
 * begins with it. rustup, or {@code rustc} without rustup, tells which compilers are installed.
 *
 * <p>Some compilers cannot be seen from here: those of other users, or in containers. So no
 * compiler counts as removed unless the one that last built into the target directory is among the
 * visible ones, by version and by sysroot.
 */
final class Compilers {
  private static final int MAX_INFO = 1 << 20;
  private static final String METADATA = ".rmeta";
  private static final int MAX_HEADER = 256;

  /** Metadata begins with this; the version of the format and the position of the root follow. */
  private static final String MAGIC = "rust\0\0\0";

  /**
   * Where the compiler's version is, after a position of eight bytes (rustc 1.95 and 1.97) or four
   * (up to about 1.76).
   */
  private static final List<Integer> VERSION_OFFSETS = List.of(16, 12);

  /** Variables by which cargo 1.95 runs a compiler that is found in no other way. */
  private static final List<String> VARIABLES = List.of("RUSTC", "CARGO_BUILD_RUSTC");

  /**
   * An installed compiler.
   *
   * @param version as it prints it: {@code rustc 1.95.0 (59807616e 2026-04-14)}
   * @param sysroot its directory
   */
  private record Installed(String version, String sysroot) {}

  private final HostEnvironment host;
  private final Supplier<List<Installed>> installed = Suppliers.memoize(this::ask);

  /**
   * @param host asked if several compilers built into a target directory
   */
  Compilers(HostEnvironment host) {
    this.host = host;
  }

  /** The units whose compiler is no longer installed, with the compiler's version. */
  Map<Unit, String> gone(TargetDirectory target) {
    Map<String, String> versions = versions(target);
    List<String> lastOutputs = outputsOfLastCompiler(target);
    versions.values().removeIf(version -> arePrintedBy(version, lastOutputs));
    if (versions.isEmpty()
        || installed.get().stream().noneMatch(each -> isLast(each, lastOutputs))) {
      return new HashMap<>();
    }
    installed.get().forEach(each -> versions.values().removeIf(each.version()::equals));
    Map<Unit, String> gone = new HashMap<>();
    target
        .units()
        .forEach(
            unit ->
                unit.known()
                    .map(known -> versions.get(known.fingerprint().compiler()))
                    .ifPresent(version -> gone.put(unit, version)));
    return gone;
  }

  /**
   * The versions of the compilers that built here, by their hash, as far as the units show them.
   */
  private static Map<String, String> versions(TargetDirectory target) {
    Map<String, String> versions = new HashMap<>();
    target
        .units()
        .forEach(
            unit ->
                unit.known()
                    .map(known -> known.fingerprint().compiler())
                    .filter(compiler -> !versions.containsKey(compiler))
                    .ifPresent(
                        compiler ->
                            version(unit).ifPresent(found -> versions.put(compiler, found))));
    return versions;
  }

  private static Optional<String> version(Unit unit) {
    return unit.artifacts().stream()
        .flatMap(Entry::entries)
        .filter(file -> file.isFile() && file.name().endsWith(METADATA))
        .flatMap(file -> file.bytes(MAX_HEADER).stream())
        .map(header -> new String(header, StandardCharsets.ISO_8859_1))
        .flatMap(header -> version(header).stream())
        .findFirst();
  }

  /** Reads a length of one byte and as many characters. */
  private static Optional<String> version(String header) {
    return VERSION_OFFSETS.stream()
        .filter(at -> header.startsWith(MAGIC) && header.startsWith("rustc ", at + 1))
        .filter(at -> at + 1 + header.charAt(at) <= header.length())
        .map(at -> header.substring(at + 1, at + 1 + header.charAt(at)))
        .findFirst();
  }

  /**
   * The answers of the compiler that built here last, which cargo 1.95 and 1.97 record. They
   * replace those of earlier compilers.
   */
  private static List<String> outputsOfLastCompiler(TargetDirectory target) {
    List<String> outputs = new ArrayList<>();
    try {
      String info =
          target.root().child(TargetDirectory.INFO).flatMap(file -> file.text(MAX_INFO)).orElse("");
      JsonParser.parseString(info)
          .getAsJsonObject()
          .getAsJsonObject("outputs")
          .asMap()
          .values()
          .stream()
          .map(JsonElement::getAsJsonObject)
          .forEach(output -> outputs.add(output.get("stdout").getAsString()));
    } catch (JsonParseException
        | IllegalStateException
        | ClassCastException
        | UnsupportedOperationException
        | NullPointerException e) {
      outputs.clear(); // an unknown form proves nothing
    }
    return outputs;
  }

  /** Whether a compiler of this version printed one of the outputs. */
  private static boolean arePrintedBy(String version, List<String> outputs) {
    return outputs.stream().anyMatch(output -> output.startsWith(version + "\n"));
  }

  private static boolean isLast(Installed compiler, List<String> outputs) {
    return arePrintedBy(compiler.version(), outputs)
        && outputs.stream().anyMatch(output -> output.lines().anyMatch(compiler.sysroot()::equals));
  }

  /** Asks all compilers; empty if one of them or rustup does not answer. */
  private List<Installed> ask() {
    if (VARIABLES.stream().anyMatch(name -> host.variable(name).isPresent())) {
      return List.of();
    }
    Set<List<String>> commands = new LinkedHashSet<>();
    List<String> toolchains = Toolchains.installed(host);
    List<Path> proxyDirectories = host.executables("rustup").stream().map(Path::getParent).toList();
    if (toolchains.isEmpty() && !proxyDirectories.isEmpty()) {
      return List.of();
    }
    // Not through the proxy "rustc", for which rustup would download a missing toolchain
    toolchains.stream()
        .map(line -> List.of("rustup", "run", Toolchains.name(line), "rustc"))
        .forEach(commands::add);
    host.executables("rustc").stream()
        .filter(rustc -> !proxyDirectories.contains(rustc.getParent()))
        .map(host::resolved) // two directories on PATH may be one
        .map(rustc -> List.of(rustc.toString()))
        .forEach(commands::add);
    List<Optional<Installed>> answers =
        commands.parallelStream().map(command -> ask(command)).toList();
    return answers.stream().allMatch(Optional::isPresent)
        ? answers.stream().flatMap(Optional::stream).toList()
        : List.of();
  }

  private Optional<Installed> ask(List<String> rustc) {
    return ask(rustc, List.of("-V"))
        .filter(version -> version.startsWith("rustc "))
        .flatMap(
            version ->
                ask(rustc, List.of("--print", "sysroot"))
                    .map(sysroot -> new Installed(version, sysroot)));
  }

  private Optional<String> ask(List<String> command, List<String> arguments) {
    List<String> argv = new ArrayList<>(command);
    argv.addAll(arguments);
    return host.ask(argv.toArray(String[]::new)).map(String::strip);
  }
}
