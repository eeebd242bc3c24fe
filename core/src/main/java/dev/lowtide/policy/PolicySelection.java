package dev.lowtide.policy;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.lowtide.Printable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Which of the policies that providers bring are asked, and with which settings. Immutable.
 *
 * @param names ids of policies, such as {@code python.bytecode}, and what ids begin with before a
 *     dot: ecosystems, such as {@code python}, and groups, such as {@code python.pip-cache}; all
 *     policies if empty
 * @param settings by ecosystem, what {@link PolicyProvider#policies} is given
 */
public record PolicySelection(Set<String> names, Map<String, Map<String, String>> settings) {
  /** All policies, with their usual settings. */
  public static final PolicySelection ALL = new PolicySelection(Set.of(), Map.of());

  public PolicySelection {
    names = ImmutableSet.copyOf(names);
    settings = ImmutableMap.copyOf(settings);
  }

  /** These policies, with the same settings. */
  public PolicySelection named(Collection<String> otherNames) {
    return new PolicySelection(ImmutableSet.copyOf(otherNames), settings);
  }

  /**
   * Selects, in the order of the providers.
   *
   * @throws IllegalArgumentException if a name or an ecosystem with settings is unknown, or a
   *     provider rejects its settings; with a sentence for the user
   */
  public List<Policy> from(Collection<? extends PolicyProvider> providers) {
    List<Policy> selected = new ArrayList<>();
    Set<String> ecosystems = new TreeSet<>();
    Set<String> known = new TreeSet<>();
    for (PolicyProvider provider : providers) {
      String ecosystem = provider.ecosystem();
      ecosystems.add(ecosystem);
      known.add(ecosystem);
      for (Policy policy : provider.policies(settings.getOrDefault(ecosystem, Map.of()))) {
        known.addAll(namesOf(policy));
        if (isSelected(provider, policy)) {
          selected.add(policy);
        }
      }
    }
    for (String name : names) {
      requireKnown("policy", name, known);
    }
    for (String ecosystem : settings.keySet()) {
      requireKnown("ecosystem", ecosystem, ecosystems);
    }
    return List.copyOf(selected);
  }

  /**
   * Whether any policy of a provider is selected, so that its places are worth looking for.
   *
   * @throws IllegalArgumentException if it rejects its settings
   */
  public boolean selectsFrom(PolicyProvider provider) {
    return provider.policies(settings.getOrDefault(provider.ecosystem(), Map.of())).stream()
        .anyMatch(policy -> isSelected(provider, policy));
  }

  private boolean isSelected(PolicyProvider provider, Policy policy) {
    return names.isEmpty()
        || names.contains(provider.ecosystem())
        || namesOf(policy).stream().anyMatch(names::contains);
  }

  /** Its id, and what that begins with before a dot, the ecosystem first. */
  private static List<String> namesOf(Policy policy) {
    String id = policy.id();
    return IntStream.rangeClosed(1, id.length())
        .filter(end -> end == id.length() || id.charAt(end) == '.')
        .mapToObj(end -> id.substring(0, end))
        .toList();
  }

  private static void requireKnown(String what, String name, Set<String> known) {
    if (!known.contains(name)) {
      throw new IllegalArgumentException(
          "There is no "
              + what
              + " '"
              + Printable.of(name)
              + "'; "
              + (known.isEmpty() ? "none is installed" : "there are " + String.join(", ", known)));
    }
  }
}
