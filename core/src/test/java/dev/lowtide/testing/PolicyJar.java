package dev.lowtide.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.policy.PolicyProvider;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a jar as an author of policies publishes it: compiled classes and the file that names the
 * provider.
 */
public final class PolicyJar {
  private final Path workDirectory;
  private final Map<String, String> sources = new LinkedHashMap<>();
  private String services = "";

  private PolicyJar(Path workDirectory) {
    this.workDirectory = workDirectory;
  }

  /** A jar without classes; what is made on the way is in {@code workDirectory}. */
  public static PolicyJar in(Path workDirectory) {
    return new PolicyJar(workDirectory);
  }

  /** Adds a provider {@code ECOSYSTEM.Provider}, whose one policy removes {@code ECOSYSTEM.tmp}. */
  public PolicyJar provider(String ecosystem) {
    return provider(ecosystem, "return List.of();");
  }

  /**
   * Adds such a provider.
   *
   * @param discover the statements of its method {@code discover}
   */
  public PolicyJar provider(String ecosystem, String discover) {
    return source(
            ecosystem + ".Provider",
            """
            package %1$s;

            import dev.lowtide.CleanupTarget;
            import dev.lowtide.HostEnvironment;
            import dev.lowtide.policy.*;
            import java.util.*;

            public final class Provider implements PolicyProvider {
              @Override public String ecosystem() { return "%1$s"; }
              @Override public List<CleanupTarget> discover(HostEnvironment host) { %2$s }
              @Override public List<Policy> policies(Map<String, String> settings) {
                return List.of(
                    Policy.inWorkspaces("%1$s.temporary", "temporary files", RebuildCost.TRIVIAL,
                        (snapshot, context) -> snapshot.entries()
                            .filter(entry -> entry.name().equals("%1$s.tmp"))
                            .map(entry -> Candidate.delete(entry, Cause.REGENERABLE, RebuildCost.TRIVIAL, "%1$s writes it again"))
                            .toList()));
              }
            }
            """
                .formatted(ecosystem, discover))
        .naming(ecosystem + ".Provider");
  }

  /** Adds a class. */
  public PolicyJar source(String className, String text) {
    sources.put(className, text);
    return this;
  }

  /** Names a class as a provider, whether there is one or not. */
  public PolicyJar naming(String className) {
    services += className + "\n";
    return this;
  }

  /** Writes the jar, and returns where it is. */
  public Path write(String name) {
    try {
      Path classes = Files.createTempDirectory(workDirectory, "classes");
      compile(classes);
      Path jar = workDirectory.resolve(name);
      try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
          Stream<Path> files = Files.walk(classes)) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
          Files.copy(file, out);
        }
        out.putNextEntry(new JarEntry("META-INF/services/" + PolicyProvider.class.getName()));
        out.write(services.getBytes(StandardCharsets.UTF_8));
      }
      return jar;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Loads jars as a program does that keeps its plugins apart. */
  public static URLClassLoader loader(@Nullable ClassLoader parent, Path... jars) {
    return new URLClassLoader(Stream.of(jars).map(PolicyJar::url).toArray(URL[]::new), parent);
  }

  /** Where the classes of Lowtide's core are. */
  public static Path core() {
    try {
      return Path.of(
          PolicyProvider.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new AssertionError(e);
    }
  }

  private void compile(Path classes) throws IOException {
    if (sources.isEmpty()) {
      return;
    }
    Path directory = Files.createTempDirectory(workDirectory, "sources");
    List<String> arguments =
        new ArrayList<>(List.of("-proc:none", "-d", classes.toString(), "-cp", core().toString()));
    sources.forEach(
        (className, text) -> arguments.add(written(directory, className, text).toString()));
    StringWriter output = new StringWriter();
    PrintWriter printer = new PrintWriter(output);
    int result =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(printer, printer, arguments.toArray(String[]::new));
    assertThat(result).as(output.toString()).isZero();
  }

  private static Path written(Path directory, String className, String text) {
    try {
      Path file = directory.resolve(className.replace('.', '/') + ".java");
      Files.createDirectories(file.getParent());
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
