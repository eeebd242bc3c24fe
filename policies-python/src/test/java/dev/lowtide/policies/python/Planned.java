package dev.lowtide.policies.python;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.PolicySelection;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What all policies of this module make of a tree, by paths relative to its root. */
record Planned(TestTree tree, Lowtide lowtide, CleanupPlan plan) {

  /** A tree as a directory that somebody named. */
  static Planned workspace(TestTree tree) {
    return of(tree, CleanupTarget.of("workspace", tree.root()), host(tree));
  }

  /** A tree as what {@code target} says. */
  static Planned of(TestTree tree, CleanupTarget target, HostEnvironment host) {
    return of(tree, target, using(host).build());
  }

  static Planned of(TestTree tree, CleanupTarget target, Lowtide lowtide) {
    try {
      return new Planned(tree, lowtide, lowtide.plan(target));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All policies on a machine, at {@link TestTree#NOW}. */
  static Lowtide.Builder using(HostEnvironment host) {
    return using(host, PolicySelection.ALL);
  }

  /** These policies on a machine, at {@link TestTree#NOW}. */
  static Lowtide.Builder using(HostEnvironment host, PolicySelection policies) {
    return Lowtide.builder()
        .providers(List.of(new PythonPolicies()), policies)
        .host(host)
        .listener(CleanupListener.NONE)
        .clock(Clock.fixed(TestTree.NOW, ZoneOffset.UTC));
  }

  /** A Linux machine on the tree's file system, with nothing but a home. */
  static HostEnvironment host(TestTree tree) {
    return HostEnvironment.of(
        OperatingSystem.LINUX, tree.root().getFileSystem(), Map.of(), "/home/me", "/tmp");
  }

  /** What is to go. */
  List<String> proposed() {
    return plan.items().stream().map(item -> relative(item.path())).toList();
  }

  /** What stays, with the reason. */
  Map<String, String> refused() {
    Map<String, String> refused = new TreeMap<>();
    plan.refused().forEach(refusal -> refused.put(relative(refusal.path()), refusal.reason()));
    return refused;
  }

  /** Removes what is to go. */
  Planned apply() {
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
