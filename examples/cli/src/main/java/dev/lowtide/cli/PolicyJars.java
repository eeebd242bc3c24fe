package dev.lowtide.cli;

import com.google.common.base.Splitter;
import com.google.common.base.Suppliers;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/**
 * The policies of other authors, in jars that an option or {@code LOWTIDE_POLICIES} names, or that
 * are in {@code lowtide/policies} of the user's configuration. Their code runs with the user's
 * rights, so a jar that another user can change is not loaded.
 *
 * <p>Each jar has a class loader of its own. One that cannot be used is reported in one line, and
 * the others are used. Not thread-safe until the policies have been asked for.
 */
public final class PolicyJars {
  private final HostEnvironment host;
  private final PrintStream err;
  private final List<Path> named = new ArrayList<>();

  public PolicyJars(HostEnvironment host, PrintStream err) {
    this.host = host;
    this.err = err;
  }

  /** Adds a jar, or a directory of jars. Has no effect after the policies have been asked for. */
  void add(Path path) {
    named.add(path);
  }

  /** The policies of others after our own; the jars are looked up once, when they are needed. */
  public Supplier<List<PolicyProvider>> after(Supplier<List<PolicyProvider>> own) {
    return Suppliers.memoize(() -> with(own.get()));
  }

  /** The jar that a provider comes from; empty for those of Lowtide. */
  static Optional<Path> of(PolicyProvider provider) {
    return provider.getClass().getClassLoader() instanceof JarLoader loader
        ? Optional.of(loader.jar)
        : Optional.empty();
  }

  private List<PolicyProvider> with(List<PolicyProvider> own) {
    List<PolicyProvider> all = new ArrayList<>(own);
    for (Path jar : jars()) {
      try {
        all.addAll(load(jar, all));
      } catch (IOException | RuntimeException | LinkageError e) {
        String reason = e instanceof RefusedJarException ? e.getMessage() : e.toString();
        leaveOut(jar, String.valueOf(reason));
      }
    }
    return List.copyOf(all);
  }

  private void leaveOut(Path jar, String reason) {
    err.println(
        "[WARN] The policies of " + Printable.of(jar) + " are left out: " + Printable.of(reason));
  }

  private Set<Path> jars() {
    List<Path> places = new ArrayList<>(named);
    host.variable("LOWTIDE_POLICIES").ifPresent(paths -> places.addAll(split(paths)));
    Path usual = host.configHome().resolve("lowtide").resolve("policies");
    if (Files.isDirectory(usual)) {
      places.add(usual);
    }
    Set<Path> jars = new LinkedHashSet<>();
    for (Path place : places) {
      Path absolute = host.workingDirectory().resolve(place);
      if (Files.isDirectory(absolute)) {
        jars.addAll(jarsIn(absolute));
      } else {
        jars.add(absolute);
      }
    }
    return jars;
  }

  private List<Path> split(String paths) {
    List<Path> places = new ArrayList<>();
    for (String path : Splitter.on(File.pathSeparatorChar).omitEmptyStrings().split(paths)) {
      try {
        places.add(host.path(path));
      } catch (InvalidPathException e) {
        err.println("[WARN] LOWTIDE_POLICIES: " + Printable.of(String.valueOf(e.getMessage())));
      }
    }
    return places;
  }

  private List<Path> jarsIn(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      leaveOut(directory, e.toString());
      return List.of();
    }
  }

  private List<PolicyProvider> load(Path jar, List<PolicyProvider> before) throws IOException {
    if (!Files.isRegularFile(jar)) {
      throw new RefusedJarException(
          Files.exists(jar) ? "it is not a regular file" : "it does not exist");
    }
    Optional<String> writable = host.writableByOthers(jar);
    if (writable.isPresent()) {
      throw new RefusedJarException(writable.get());
    }
    new ZipFile(jar.toFile()).close(); // a class loader says nothing of a file that is no jar
    JarLoader loader = new JarLoader(jar);
    List<PolicyProvider> providers =
        Lowtide.installedProviders(loader).stream()
            .filter(provider -> provider.getClass().getClassLoader() == loader)
            .toList();
    if (providers.isEmpty()) {
      throw new RefusedJarException("no provider in it can be loaded");
    }
    Set<String> taken = new LinkedHashSet<>();
    before.forEach(provider -> taken.add(provider.ecosystem()));
    for (PolicyProvider provider : providers) {
      check(provider, taken);
    }
    return providers;
  }

  /**
   * Rejects a provider that uses a name of another one. It calls the methods that every command
   * calls first, so that a broken provider fails here.
   */
  private static void check(PolicyProvider provider, Set<String> taken) {
    String ecosystem = provider.ecosystem();
    if (!taken.add(ecosystem)) {
      throw new RefusedJarException("there are policies for " + ecosystem + " already");
    }
    provider.tools();
    for (Policy policy : provider.policies(Map.of())) {
      if (!policy.id().startsWith(ecosystem + ".")) {
        throw new RefusedJarException(
            "the id " + policy.id() + " does not begin with " + ecosystem + ".");
      }
    }
  }

  /** The class loader of one jar; it remembers the jar, so that a policy can be traced to it. */
  private static final class JarLoader extends URLClassLoader {
    private final Path jar;

    JarLoader(Path jar) throws IOException {
      super(new URL[] {jar.toUri().toURL()}, PolicyProvider.class.getClassLoader());
      this.jar = jar;
    }
  }

  /** Why a jar is not used, as a sentence. */
  private static final class RefusedJarException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RefusedJarException(String message) {
      super(message);
    }
  }
}
