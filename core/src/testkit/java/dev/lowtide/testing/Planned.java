package dev.lowtide.testing;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.PolicyProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What policies make of a tree, by paths relative to its root: those of all {@linkplain
 * Lowtide#installedProviders() installed providers}, unless a test brings its own.
 */
public record Planned(TestTree tree, Lowtide lowtide, CleanupPlan plan) {

  /** A tree as a directory that somebody named. */
  public static Planned workspace(TestTree tree) {
    return of(tree, CleanupTarget.of("workspace", tree.root()), host(tree));
  }

  /** A tree as what {@code target} says. */
  public static Planned of(TestTree tree, CleanupTarget target, HostEnvironment host) {
    return of(tree, target, using(host).build());
  }

  /** A tree as what {@code target} says, by the policies of {@code lowtide}. */
  public static Planned of(TestTree tree, CleanupTarget target, Lowtide lowtide) {
    try {
      return new Planned(tree, lowtide, lowtide.plan(target));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All policies on a machine, at {@link TestTree#NOW}; may run what they ask for. */
  public static LowtideBuilder using(HostEnvironment host) {
    return using(host, PolicyProvider.Selection.ALL);
  }

  /** These policies on a machine, at {@link TestTree#NOW}. */
  public static LowtideBuilder using(HostEnvironment host, PolicyProvider.Selection policies) {
    return Lowtide.builder()
        .providers(Lowtide.installedProviders(), policies)
        .host(host)
        .listener(CleanupListener.NONE)
        .clock(TestMachine.clockAt(TestTree.NOW));
  }

  /** A Linux machine on the tree's file system, with nothing but a home. */
  public static HostEnvironment host(TestTree tree) {
    return TestMachine.host(tree.root().getFileSystem());
  }

  /** What is to go. */
  public List<String> proposed() {
    return plan.items().stream().map(item -> relative(item.path())).toList();
  }

  /** What stays, with the reason. */
  public Map<String, String> refused() {
    Map<String, String> refused = new TreeMap<>();
    plan.refused().forEach(refusal -> refused.put(relative(refusal.path()), refusal.reason()));
    return refused;
  }

  /** Removes what is to go, all of which must go. */
  public Planned apply() {
    try {
      lowtide.apply(plan).orThrow();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String relative(Path path) {
    return tree.root().relativize(path).toString();
  }
}
