package dev.lowtide.testing;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What Lowtide expects of every provider of policies. It knows nothing of the tool, so it does not
 * replace tests of the evidence.
 *
 * <pre>{@code
 * @Test
 * void keepsTheContract() {
 *   PolicyContract.of(new NpmPolicies())
 *       .check(NpmPoliciesTest::filledCache, tree -> CleanupTarget.cache("npm-cache", tree.root()));
 * }
 * }</pre>
 *
 * <p>It throws an {@link AssertionError} that says what was expected.
 */
public final class PolicyContract {
  private final PolicyProvider provider;

  private PolicyContract(PolicyProvider provider) {
    this.provider = provider;
  }

  /** The contract for a provider. */
  public static PolicyContract of(PolicyProvider provider) {
    return new PolicyContract(provider);
  }

  /**
   * Checks the provider itself, and its policies on a tree of which they remove something.
   *
   * @param tree makes a new tree in memory each time; everything in it is taken to be 30 days old
   * @param target says what the tree is
   */
  public void check(Supplier<TestTree> tree, Function<TestTree, CleanupTarget> target) {
    checkProvider();
    List<Path> going = checkPlan(tree.get(), target);
    for (Path item : going) {
      checkThatAPersonsFileStays(tree.get(), target, item.toString());
      checkThatANameIsNoEvidence(item.toString(), target);
    }
    checkThatServiceLoaderFindsIt();
  }

  private void checkProvider() {
    Set<String> ids = new HashSet<>();
    for (Policy policy : provider.policies(Map.of())) {
      require(
          policy.id().startsWith(provider.ecosystem() + "."),
          "the id %s must begin with '%s.'".formatted(policy.id(), provider.ecosystem()));
      require(ids.add(policy.id()), "there are two policies " + policy.id());
      require(!policy.description().isBlank(), policy.id() + " needs a description");
    }
    require(!ids.isEmpty(), "it has no policies");
    requireRefusalOfUnknownSettings();
    HostEnvironment bare = TestMachine.host(TestTree.unix());
    provider
        .discover(bare)
        .forEach(found -> require(found.root().isAbsolute(), found.root() + " must be absolute"));
  }

  private void checkThatServiceLoaderFindsIt() {
    Class<?> type = provider.getClass();
    require(
        Lowtide.installedProviders(type.getClassLoader()).stream()
            .anyMatch(each -> each.getClass().equals(type)),
        "ServiceLoader must find %s: name it in META-INF/services/%s or module-info.java"
            .formatted(type.getName(), PolicyProvider.class.getName()));
  }

  private void requireRefusalOfUnknownSettings() {
    try {
      provider.policies(Map.of("no-such-setting", "1"));
    } catch (IllegalArgumentException e) {
      return;
    }
    throw new AssertionError("an unknown setting must be an IllegalArgumentException");
  }

  /** The paths that go, relative to the root. */
  private List<Path> checkPlan(TestTree tree, Function<TestTree, CleanupTarget> target) {
    tree.allModified(TestTree.daysAgo(30));
    Map<String, String> before = tree.fingerprint();
    Planned planned = plan(tree, target);
    require(
        !planned.plan().isEmpty(),
        "the policies must remove something of the tree, but refuse " + planned.refused());
    require(
        planned.plan().explain().equals(plan(tree, target).plan().explain()),
        "the same tree must give the same plan");
    require(tree.fingerprint().equals(before), "planning must change nothing");
    List<Path> going = planned.plan().items().stream().map(PlanItem::path).toList();
    Map<String, String> others = withoutTimes(tree.fingerprint(going::contains));
    planned.apply();
    require(
        withoutTimes(tree.fingerprint()).equals(others),
        "everything else must be as it was: " + others.keySet());
    return going.stream().map(tree.root()::relativize).toList();
  }

  /** Removing something changes the times of the directory around it. */
  private static Map<String, String> withoutTimes(Map<String, String> fingerprint) {
    Map<String, String> without = new TreeMap<>(fingerprint);
    without.replaceAll((name, what) -> what.startsWith("directory") ? "directory" : what);
    return without;
  }

  private void checkThatAPersonsFileStays(
      TestTree tree, Function<TestTree, CleanupTarget> target, String item) {
    if (!Files.isDirectory(tree.path(item))) {
      return;
    }
    String note = item + "/a person's note.txt";
    Planned planned = plan(tree.file(note).allModified(TestTree.daysAgo(30)), target);
    requireKept(planned, note, "the account must explain every entry, but %s goes with %s");
  }

  private void checkThatANameIsNoEvidence(String item, Function<TestTree, CleanupTarget> target) {
    String note = item + "/a person's note.txt";
    TestTree named = TestTree.inMemory().file(note).allModified(TestTree.daysAgo(30));
    requireKept(plan(named, target), note, "a name is no evidence, but %s goes with %s");
    TestTree file = TestTree.inMemory().file(item).allModified(TestTree.daysAgo(30));
    requireKept(plan(file, target), item, "a name is no evidence, but the file %s goes with %s");
  }

  private static void requireKept(Planned planned, String path, String message) {
    Path kept = planned.tree().path(path);
    for (PlanItem item : planned.plan().items()) {
      require(!kept.startsWith(item.path()), message.formatted(path, item.path()));
    }
  }

  private Planned plan(TestTree tree, Function<TestTree, CleanupTarget> target) {
    Lowtide lowtide =
        Lowtide.builder()
            .providers(List.of(provider))
            .host(Planned.host(tree))
            .clock(TestMachine.clockAt(TestTree.NOW))
            .listener(CleanupListener.NONE)
            .assumeIdle()
            .build();
    return Planned.of(tree, target.apply(tree), lowtide);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }
}
