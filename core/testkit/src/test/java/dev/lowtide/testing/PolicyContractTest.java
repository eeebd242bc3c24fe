package dev.lowtide.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

/** A provider that breaks the contract in one way is told so; one that keeps it is not. */
class PolicyContractTest {
  private static final String MADE_BY_THE_TOOL = "made by the tool";

  /** Removes directories called {@code notes} in which each file says that the tool made it. */
  public static class Notes implements PolicyProvider {
    @Override
    public String ecosystem() {
      return "test";
    }

    @Override
    public List<CleanupTarget> discover(HostEnvironment host) {
      return List.of();
    }

    @Override
    public List<Policy> policies(Map<String, String> settings) {
      if (!settings.isEmpty()) {
        throw new IllegalArgumentException("There is no setting");
      }
      return List.of(policy("test.notes", Notes::explain));
    }

    static Policy policy(String id, Function<Entry, Explanation> account) {
      return Policy.inWorkspaces(
          id,
          "notes",
          RebuildCost.TRIVIAL,
          (snapshot, context) ->
              snapshot.entries().filter(Notes::isOne).map(Notes::candidate).toList(),
          (item, host) -> account.apply(item));
    }

    static boolean isOne(Entry entry) {
      return entry.name().equals("notes") && entry.isDirectory();
    }

    static Candidate candidate(Entry entry) {
      return Candidate.delete(
          entry, Cause.REGENERABLE, RebuildCost.TRIVIAL, "the tool writes them again");
    }

    static Explanation explain(Entry item) {
      Explanation.Builder unexplained = new Explanation.Builder();
      item.children().stream()
          .filter(file -> file.text(100).filter(MADE_BY_THE_TOOL::equals).isEmpty())
          .forEach(file -> unexplained.add(file, "was not made by the tool"));
      return unexplained.build();
    }
  }

  @Test
  void acceptsAProviderThatKeepsIt() {
    assertThatCode(() -> check(new Notes())).doesNotThrowAnyException();
  }

  @Test
  void namesAProviderThatServiceLoaderDoesNotFind() {
    assertRefused(new Notes() {}).hasMessageContaining("META-INF/services");
  }

  @Test
  void namesAPolicyOfAnotherEcosystem() {
    assertBroken(List.of(Notes.policy("other.notes", Notes::explain)))
        .hasMessage("the id other.notes must begin with 'test.'");
  }

  @Test
  void namesTwoPoliciesOfOneId() {
    Policy policy = Notes.policy("test.notes", Notes::explain);

    assertBroken(List.of(policy, policy)).hasMessage("there are two policies test.notes");
  }

  @Test
  void namesASettingThatIsTakenWithoutBeingKnown() {
    PolicyProvider tolerant = provider(settings -> policies());

    assertThatThrownBy(() -> check(tolerant)).hasMessageContaining("unknown setting");
  }

  @Test
  void namesAPolicyThatRemovesNothingOfTheTree() {
    assertBroken(
            List.of(
                Notes.policy(
                    "test.notes", item -> Explanation.unexplained(item, "is never explained"))))
        .hasMessageContaining("must remove something");
  }

  @Test
  void namesAPolicyThatAnswersDifferentlyEachTime() {
    AtomicInteger asked = new AtomicInteger();
    Policy moody =
        Policy.inWorkspaces(
            "test.moody",
            "notes",
            RebuildCost.TRIVIAL,
            (snapshot, context) ->
                snapshot
                    .entries()
                    .filter(entry -> Notes.isOne(entry) && asked.getAndIncrement() == 0)
                    .map(Notes::candidate)
                    .toList());

    assertBroken(List.of(moody)).hasMessage("the same tree must give the same plan");
  }

  @Test
  void namesAPolicyThatRemovesAPersonsFileWithItsDirectory() {
    assertBroken(
            List.of(
                Notes.policy(
                    "test.notes",
                    item ->
                        item.hasFile("a")
                            ? Explanation.complete()
                            : Explanation.unexplained(item, "has no a"))))
        .hasMessageContaining("the account must explain every entry");
  }

  @Test
  void namesAPolicyThatGoesByANameAlone() {
    assertBroken(
            List.of(
                Notes.policy(
                    "test.notes",
                    item ->
                        item.children().size() == 2
                            ? Explanation.unexplained(item, "has two")
                            : Explanation.complete())))
        .hasMessageContaining("a name is no evidence");
  }

  private static void check(PolicyProvider provider) {
    PolicyContract.of(provider).check(PolicyContractTest::tree, PolicyContractTest::target);
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(PolicyProvider provider) {
    return assertThatThrownBy(() -> check(provider)).isInstanceOf(AssertionError.class);
  }

  private static AbstractThrowableAssert<?, ?> assertBroken(List<Policy> policies) {
    return assertThatThrownBy(
            () ->
                check(
                    provider(
                        settings -> {
                          if (!settings.isEmpty()) {
                            throw new IllegalArgumentException("There is no setting");
                          }
                          return policies;
                        })))
        .isInstanceOf(AssertionError.class);
  }

  private static List<Policy> policies() {
    return List.of(Notes.policy("test.notes", Notes::explain));
  }

  private static PolicyProvider provider(Function<Map<String, String>, List<Policy>> policies) {
    return new Notes() {
      @Override
      public List<Policy> policies(Map<String, String> settings) {
        return policies.apply(settings);
      }
    };
  }

  private static TestTree tree() {
    return TestTree.inMemory().file("src/a.c").file("notes/a", MADE_BY_THE_TOOL);
  }

  private static CleanupTarget target(TestTree tree) {
    return CleanupTarget.of("workspace", tree.root());
  }
}
