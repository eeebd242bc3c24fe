package dev.lowtide.junit;

import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.junit.DiskNeutral.Watched;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.DiskLocation.Tolerance;
import dev.lowtide.verify.StandardLocation;
import dev.lowtide.verify.Verification;
import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestInstances;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ModifierSupport;

/** Measures the watched directories before and after each test; see {@link DiskNeutral}. */
final class DiskNeutralExtension implements InvocationInterceptor {
  /** The test that watches each directory now, for the whole JVM. */
  private static final Map<Path, String> WATCHED_NOW = new ConcurrentHashMap<>();

  /** A field or parameter, and the directory that it names. */
  private record Directory(String name, Watched annotation, @Nullable Object value) {}

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    verify(invocation, parameters(method), context);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    verify(invocation, parameters(method), context);
  }

  @Override
  public void interceptDynamicTest(
      Invocation<@Nullable Void> invocation,
      DynamicTestInvocationContext dynamicTest,
      ExtensionContext context)
      throws Throwable {
    verify(invocation, List.of(), context);
  }

  private static void verify(
      Invocation<@Nullable Void> invocation, List<Directory> parameters, ExtensionContext context)
      throws Throwable {
    requireLocks();
    List<Directory> directories = new ArrayList<>(fields(context));
    directories.addAll(parameters);
    List<DiskLocation> locations = locations(annotation(context), directories, context);
    List<Path> claimed = claim(locations, context.getDisplayName());
    try {
      DiskBaseline before = capture(locations);
      try {
        invocation.proceed();
      } catch (Throwable failure) {
        addLeaks(before, failure);
        throw failure;
      }
      verify(before);
    } finally {
      claimed.forEach(WATCHED_NOW::remove);
    }
  }

  /** JUnit before 5.12 ignores {@link DiskNeutralLocks}, and could run other tests at this time. */
  private static void requireLocks() {
    Class<?> junit = ExtensionContext.class;
    try {
      Class.forName(
          "org.junit.jupiter.api.parallel.ResourceLocksProvider", false, junit.getClassLoader());
    } catch (ClassNotFoundException e) {
      String version = junit.getPackage().getImplementationVersion();
      throw new ExtensionConfigurationException(
          "@DiskNeutral needs JUnit Jupiter 5.12 or newer"
              + (version == null ? "" : ", and this is " + version),
          e);
    }
  }

  /**
   * Adds leaks as suppressed exceptions, since the test's own failure says more about the cause.
   */
  private static void addLeaks(DiskBaseline before, Throwable failure) {
    try {
      verify(before);
    } catch (IOException | AssertionError leak) {
      failure.addSuppressed(leak);
    }
  }

  private static DiskBaseline capture(List<DiskLocation> locations) throws IOException {
    return DiskBaseline.capture(locations, SizeProbe.best(), Clock.systemUTC().instant());
  }

  private static void verify(DiskBaseline before) throws IOException {
    var unused =
        Verification.compare(before, before.again(SizeProbe.best(), Clock.systemUTC().instant()))
            .orThrow();
  }

  /** The annotation on the method, or else on the class or an enclosing one. */
  private static DiskNeutral annotation(ExtensionContext context) {
    return nearest(
            context,
            each ->
                each.getElement()
                    .flatMap(
                        element -> AnnotationSupport.findAnnotation(element, DiskNeutral.class)))
        .orElseThrow();
  }

  /**
   * A value of the context, or else of the nearest context around it: the context of a dynamic test
   * lacks most values.
   */
  private static <T> Optional<T> nearest(
      ExtensionContext context, Function<ExtensionContext, Optional<T>> find) {
    Optional<T> found = Optional.empty();
    Optional<ExtensionContext> current = Optional.of(context);
    while (found.isEmpty() && current.isPresent()) {
      found = find.apply(current.get());
      current = current.get().getParent();
    }
    return found;
  }

  private static List<DiskLocation> locations(
      DiskNeutral annotation, List<Directory> directories, ExtensionContext context) {
    Map<String, DiskLocation> locations = new LinkedHashMap<>();
    try {
      Optional<Tolerance> tolerance = tolerance(annotation.tolerance());
      for (Directory directory : directories) {
        DiskLocation diskLocation = watched(directory, tolerance);
        if (locations.put(diskLocation.name(), diskLocation) != null) {
          throw new IllegalArgumentException(
              "Two directories have the name '" + diskLocation.name() + "'; rename one");
        }
      }
      for (String location : annotation.locations()) {
        DiskLocation diskLocation = location(location);
        locations.put(
            diskLocation.name(),
            diskLocation.tolerating(tolerance.orElse(diskLocation.tolerance())));
      }
      if (locations.isEmpty()) {
        throw new IllegalArgumentException(
            "It watches no directory; annotate a Path with @Watched, or set 'locations'");
      }
      return locations.values().stream()
          .map(diskLocation -> diskLocation.excepting(annotation.except()))
          .toList();
    } catch (IllegalArgumentException e) {
      throw new ExtensionConfigurationException(
          "@DiskNeutral on " + context.getDisplayName() + ": " + e.getMessage(), e);
    }
  }

  private static Optional<Tolerance> tolerance(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(Tolerance.parse(text));
  }

  private static DiskLocation watched(Directory directory, Optional<Tolerance> defaultTolerance) {
    Watched annotation = directory.annotation();
    if (!(directory.value() instanceof Path path)) {
      throw new IllegalArgumentException(
          "'"
              + directory.name()
              + "' is @Watched and "
              + (directory.value() == null ? "null" : "not a java.nio.file.Path")
              + "; it must name a directory before the test begins");
    }
    return new DiskLocation(
        annotation.name().isEmpty() ? directory.name() : annotation.name(),
        path,
        annotation.expectation(),
        tolerance(annotation.tolerance()).or(() -> defaultTolerance).orElse(Tolerance.NONE),
        Set.of());
  }

  private static DiskLocation location(String location) {
    HostEnvironment host = HostEnvironment.current();
    int equals = location.indexOf('=');
    if (equals >= 0) {
      String name = location.substring(0, equals);
      Path path = host.path(location.substring(equals + 1));
      if (!path.isAbsolute()) {
        throw new IllegalArgumentException(
            "'" + Printable.of(location) + "' has no absolute path after the '='");
      }
      return DiskLocation.unchanged(name, path).expecting(StandardLocation.expectationOf(name));
    }
    return StandardLocation.named(location)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no standard location '"
                        + Printable.of(location)
                        + "'; write NAME=PATH, or one of "
                        + StandardLocation.names()))
        .on(host);
  }

  private static List<Directory> fields(ExtensionContext context) {
    List<Directory> directories = new ArrayList<>();
    List<Object> instances =
        nearest(context, ExtensionContext::getTestInstances)
            .map(TestInstances::getAllInstances)
            .orElseGet(List::of);
    for (Object instance : instances) {
      for (Field field :
          AnnotationSupport.findAnnotatedFields(
              instance.getClass(), Watched.class, each -> true, HierarchyTraversalMode.TOP_DOWN)) {
        directories.add(new Directory(field.getName(), annotation(field), read(field, instance)));
      }
    }
    return directories;
  }

  private static Watched annotation(AnnotatedElement element) {
    return AnnotationSupport.findAnnotation(element, Watched.class).orElseThrow();
  }

  private static @Nullable Object read(Field field, Object instance) {
    try {
      field.setAccessible(true);
      return field.get(ModifierSupport.isStatic(field) ? null : instance);
    } catch (IllegalAccessException e) {
      throw new ExtensionConfigurationException(field + " is @Watched and cannot be read", e);
    }
  }

  private static List<Directory> parameters(
      ReflectiveInvocationContext<? extends Executable> method) {
    List<Directory> directories = new ArrayList<>();
    Parameter[] parameters = method.getExecutable().getParameters();
    for (int i = 0; i < parameters.length; i++) {
      if (AnnotationSupport.isAnnotated(parameters[i], Watched.class)) {
        directories.add(
            new Directory(
                parameters[i].getName(), annotation(parameters[i]), method.getArguments().get(i)));
      }
    }
    return directories;
  }

  /**
   * Claims directories for one test: if two tests watched a directory at the same time, each would
   * be blamed for the other's changes.
   */
  private static List<Path> claim(List<DiskLocation> locations, String test) {
    List<Path> roots = locations.stream().map(DiskLocation::root).distinct().toList();
    synchronized (WATCHED_NOW) {
      for (Path root : roots) {
        WATCHED_NOW.forEach(
            (watched, other) -> {
              if (overlap(root, watched)) {
                throw new ExtensionConfigurationException(
                    "@DiskNeutral: "
                        + Printable.of(root)
                        + " is watched by "
                        + other
                        + " at this time, so each test would see the changes of the other; give"
                        + " each its own directory, or use a @ResourceLock");
              }
            });
      }
      roots.forEach(root -> WATCHED_NOW.put(root, test));
    }
    return roots;
  }

  private static boolean overlap(Path one, Path other) {
    return one.getFileSystem().equals(other.getFileSystem())
        && (one.startsWith(other) || other.startsWith(one));
  }
}
