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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Which compilers are gone, so that no build finds fresh what they made: cargo writes down a hash
 * of what {@code rustc -vV} printed, and takes nothing for fresh that bears another one.
 *
 * <p>That hash is not recomputed, since it differs between versions of cargo. What it stands for is
 * read in the metadata of any library that bears it, which begin with the version of the compiler.
 * Which ones are installed is asked of rustup, or of {@code rustc} where there is no rustup.
 *
 * <p>A compiler may be installed and not be seen from here: that of another user, or in a
 * container. So nothing is gone from a target directory unless the one that built into it last is
 * among those that are seen, by its version and by where it lies.
 */
final class Compilers {
  private static final int MOST_INFO = 1 << 20;
  private static final String METADATA = ".rmeta";
  private static final int MOST_HEADER = 256;

  /** {@code rust\0\0\0}, the version of the format, and the position of the root. */
  private static final String MAGIC = "rust\0\0\0";

  /** The position takes four bytes up to rustc 1.76 or so, and eight in 1.95 and 1.97. */
  private static final List<Integer> VERSION_OFFSETS = List.of(16, 12);

  /** Which compiler cargo 1.95 runs, where that is none of those that are found without them. */
  private static final List<String> VARIABLES = List.of("RUSTC", "CARGO_BUILD_RUSTC");

  /**
   * One that is installed.
   *
   * @param version as it tells it: {@code rustc 1.95.0 (59807616e 2026-04-14)}
   * @param sysroot where it lies
   */
  private record Installed(String version, String sysroot) {}

  private final HostEnvironment host;
  private final Supplier<List<Installed>> installed = Suppliers.memoize(this::ask);

  /**
   * @param host asked if a target directory holds what several compilers made
   */
  Compilers(HostEnvironment host) {
    this.host = host;
  }

  /** The units whose compiler is gone, with its version. */
  Map<Unit, String> gone(TargetDirectory target) {
    Map<String, String> versions = versions(target);
    List<String> last = outputsOfTheLast(target);
    versions.values().removeIf(version -> isOf(last, version));
    if (versions.isEmpty() || installed.get().stream().noneMatch(each -> isLast(each, last))) {
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

  /** The versions of the compilers that made what is there, as far as it tells, by their hash. */
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
        .flatMap(file -> file.bytes(MOST_HEADER).stream())
        .map(header -> new String(header, StandardCharsets.ISO_8859_1))
        .flatMap(header -> version(header).stream())
        .findFirst();
  }

  /** A length, of one byte since it is short, and so many characters. */
  private static Optional<String> version(String header) {
    return VERSION_OFFSETS.stream()
        .filter(at -> header.startsWith(MAGIC) && header.startsWith("rustc ", at + 1))
        .filter(at -> at + 1 + header.charAt(at) <= header.length())
        .map(at -> header.substring(at + 1, at + 1 + header.charAt(at)))
        .findFirst();
  }

  /**
   * What the compiler that built here last has answered to cargo, which forgets what the one before
   * has; as cargo 1.95 and 1.97 write it.
   */
  private static List<String> outputsOfTheLast(TargetDirectory target) {
    List<String> outputs = new ArrayList<>();
    try {
      String info =
          target
              .root()
              .child(TargetDirectory.INFO)
              .flatMap(file -> file.text(MOST_INFO))
              .orElse("");
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
      outputs.clear(); // what is not understood says nothing
    }
    return outputs;
  }

  private static boolean isOf(List<String> outputs, String version) {
    return outputs.stream().anyMatch(output -> output.startsWith(version + "\n"));
  }

  private static boolean isLast(Installed compiler, List<String> outputs) {
    return isOf(outputs, compiler.version())
        && outputs.stream().anyMatch(output -> output.lines().anyMatch(compiler.sysroot()::equals));
  }

  /** Nothing if one of them does not tell what it is, or rustup does not tell which it has. */
  private List<Installed> ask() {
    if (VARIABLES.stream().anyMatch(name -> host.variable(name).isPresent())) {
      return List.of();
    }
    Map<List<String>, Optional<Installed>> asked = new LinkedHashMap<>();
    List<String> toolchains = Toolchains.installed(host);
    List<Path> links = host.executables("rustup").stream().map(Path::getParent).toList();
    if (toolchains.isEmpty() && !links.isEmpty()) {
      return List.of();
    }
    // Not by the name of the command, which has rustup fetch a toolchain that is missing
    toolchains.stream()
        .map(line -> List.of("rustup", "run", Toolchains.name(line), "rustc"))
        .forEach(argv -> asked.put(argv, ask(argv)));
    host.executables("rustc").stream()
        .filter(rustc -> !links.contains(rustc.getParent()))
        .map(rustc -> List.of(rustc.toString()))
        .forEach(argv -> asked.put(argv, ask(argv)));
    return asked.values().stream().allMatch(Optional::isPresent)
        ? asked.values().stream().flatMap(Optional::stream).toList()
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
