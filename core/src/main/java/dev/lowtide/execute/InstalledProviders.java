package dev.lowtide.execute;

import dev.lowtide.policy.PolicyProvider;
import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Finds the providers that class loaders and module layers offer. */
final class InstalledProviders {
  private static final StackWalker STACK = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE);

  /**
   * After so many failures in a row, a loader is given up: one that cannot list its files fails at
   * each attempt.
   */
  private static final int FAILURES_IN_A_ROW = 20;

  /**
   * By class name, since a loader that asks its parent last defines a class of its own for a
   * provider that the parent also offers.
   */
  private final Map<String, PolicyProvider> found = new LinkedHashMap<>();

  private final Set<String> logged = new LinkedHashSet<>();

  private InstalledProviders() {}

  /**
   * The providers that are visible to the caller, to the thread's context class loader or to
   * Lowtide's own. A plugin may bring policies of its own. If an application server or a build tool
   * loads Lowtide once for all of its plugins, Lowtide's class loader does not see these policies.
   */
  static List<PolicyProvider> everywhere() {
    InstalledProviders providers = new InstalledProviders();
    Optional<Class<?>> caller = caller();
    caller.map(Class::getModule).map(Module::getLayer).ifPresent(providers::add);
    Set<ClassLoader> loaders = new LinkedHashSet<>();
    caller.map(Class::getClassLoader).ifPresent(loaders::add);
    Optional.ofNullable(Thread.currentThread().getContextClassLoader()).ifPresent(loaders::add);
    loaders.add(own());
    loaders.stream().filter(InstalledProviders::seesThisLowtide).forEach(providers::add);
    return providers.list();
  }

  static List<PolicyProvider> of(ClassLoader loader) {
    InstalledProviders providers = new InstalledProviders();
    providers.add(loader);
    return providers.list();
  }

  static List<PolicyProvider> of(ModuleLayer layer) {
    InstalledProviders providers = new InstalledProviders();
    providers.add(layer);
    return providers.list();
  }

  /** The nearest caller that neither the JDK's loaders nor Lowtide's own have loaded. */
  private static Optional<Class<?>> caller() {
    return STACK.walk(
        frames ->
            frames
                .<Class<?>>map(StackFrame::getDeclaringClass)
                .filter(each -> isForeign(each.getClassLoader()))
                .findFirst());
  }

  private static boolean isForeign(@Nullable ClassLoader loader) {
    return loader != null
        && !loader.equals(ClassLoader.getPlatformClassLoader())
        && !loader.equals(own());
  }

  private static ClassLoader own() {
    return PolicyProvider.class.getClassLoader();
  }

  /**
   * Whether a loader sees this copy of Lowtide. The providers of another copy are of no use to this
   * one.
   */
  private static boolean seesThisLowtide(ClassLoader loader) {
    try {
      return loader.loadClass(PolicyProvider.class.getName()) == PolicyProvider.class;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  private void add(ClassLoader loader) {
    add(ServiceLoader.load(PolicyProvider.class, loader));
  }

  private void add(ModuleLayer layer) {
    add(ServiceLoader.load(layer, PolicyProvider.class));
  }

  private void add(ServiceLoader<PolicyProvider> service) {
    Iterator<PolicyProvider> providers = service.iterator();
    for (int failures = 0; failures < FAILURES_IN_A_ROW; failures++) {
      try {
        while (providers.hasNext()) {
          PolicyProvider provider = providers.next();
          found.putIfAbsent(provider.getClass().getName(), provider);
          failures = 0;
        }
        return;
      } catch (ServiceConfigurationError | LinkageError e) {
        if (logged.add(String.valueOf(e.getMessage()))) {
          LoggerFactory.getLogger(Lowtide.class)
              .warn("A policy provider cannot be loaded: {}", e.getMessage());
        }
      }
    }
  }

  private List<PolicyProvider> list() {
    return new ArrayList<>(found.values());
  }
}
