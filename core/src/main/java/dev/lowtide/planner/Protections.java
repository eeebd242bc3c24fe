package dev.lowtide.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What providers keep from removal. If a provider fails to name what it keeps, that may be anything
 * of its own: its policies remove nothing, and no other policy removes anything from its
 * directories. Immutable.
 *
 * @param protectedPaths see {@link PolicyProvider#protectedPaths}
 * @param keptByTools see {@link PolicyProvider#keptByTools}
 * @param silenced the ecosystems whose policies remove nothing
 * @param failures a sentence for each of them, for people
 */
public record Protections(
    Set<Path> protectedPaths, Set<Path> keptByTools, Set<String> silenced, List<String> failures) {

  public Protections {
    protectedPaths = ImmutableSet.copyOf(protectedPaths);
    keptByTools = ImmutableSet.copyOf(keptByTools);
    silenced = ImmutableSet.copyOf(silenced);
    failures = ImmutableList.copyOf(failures);
  }

  /** Asks each provider. */
  public static Protections of(
      Collection<? extends PolicyProvider> providers, HostEnvironment host) {
    Set<Path> protectedPaths = new LinkedHashSet<>();
    Set<Path> keptByTools = new LinkedHashSet<>();
    Set<String> silenced = new LinkedHashSet<>();
    List<String> failures = new ArrayList<>();
    for (PolicyProvider provider : providers) {
      try {
        protectedPaths.addAll(provider.protectedPaths(host));
        keptByTools.addAll(provider.keptByTools(host));
      } catch (RuntimeException | LinkageError e) {
        silenced.add(provider.ecosystem());
        failures.add(
            failure(provider, "name what must stay, so nothing of their own is removed", e));
        for (CleanupTarget place : PolicyProvider.Discovery.of(List.of(provider), host).targets()) {
          if (place.kind() != CleanupTarget.Kind.STORE) {
            keptByTools.add(place.root());
          }
        }
      }
    }
    return new Protections(protectedPaths, keptByTools, silenced, failures);
  }

  /** Whether a policy may remove something. */
  public boolean allow(Policy policy) {
    return silenced.stream().noneMatch(ecosystem -> policy.id().startsWith(ecosystem + "."));
  }

  /**
   * A sentence about a provider that fails.
   *
   * @param task what it cannot do
   */
  static String failure(PolicyProvider provider, String task, Throwable cause) {
    return "The policies of "
        + Printable.of(provider.ecosystem())
        + " cannot "
        + task
        + ": "
        + Printable.of(cause.toString());
  }
}
