package dev.lowtide.testing;

import com.google.common.collect.ImmutableList;
import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement.Stopped;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Proposes what a test tells it to, in targets of every kind.
 *
 * @param id its id
 * @param proposals what it proposes
 * @param account what explains that
 * @param commands what it may have run
 */
public record TestPolicy(
    String id,
    Function<Snapshot, List<Candidate>> proposals,
    Optional<Account> account,
    List<CommandShape> commands)
    implements Policy {

  /** Proposes, and explains nothing. */
  public TestPolicy(String id, Function<Snapshot, List<Candidate>> proposals) {
    this(id, proposals, Optional.empty(), List.of());
  }

  /** Proposes to delete paths, which are relative to the target, as far as they are there. */
  public static TestPolicy deleting(String... paths) {
    return named("test.paths", paths);
  }

  /** As {@link #deleting}, under an id. */
  public static TestPolicy named(String id, String... paths) {
    return new TestPolicy(
        id,
        snapshot ->
            Stream.of(paths)
                .flatMap(path -> snapshot.entry(snapshot.rootPath().resolve(path)).stream())
                .map(TestPolicy::delete)
                .toList());
  }

  /** Proposes to have a tool remove a path, which is relative to the target; it, if empty. */
  public static TestPolicy commanding(String path, String... argv) {
    return new TestPolicy(
            "test.tool",
            snapshot ->
                snapshot.entry(snapshot.rootPath().resolve(path)).stream()
                    .map(
                        entry ->
                            Candidate.run(
                                entry,
                                List.of(argv),
                                Cause.REGENERABLE,
                                RebuildCost.DOWNLOAD,
                                "the tool knows"))
                    .toList())
        .running(argv);
  }

  /** Proposes to delete each entry that matches. */
  public static TestPolicy deletingEach(Predicate<Entry> matches) {
    return new TestPolicy(
        "test.each",
        snapshot -> snapshot.entries().filter(matches).map(TestPolicy::delete).toList());
  }

  /** Proposes to delete one entry. */
  public static Candidate delete(Entry entry) {
    return Candidate.delete(entry, Cause.REGENERABLE, RebuildCost.TRIVIAL, "it is a test's");
  }

  /** This policy with each of its candidates changed. */
  public TestPolicy with(Function<Candidate, Candidate> change) {
    return new TestPolicy(
        id, snapshot -> proposals.apply(snapshot).stream().map(change).toList(), account, commands);
  }

  /** This policy with an account that explains only the entries that match. */
  public TestPolicy explaining(Predicate<Entry> matches) {
    return new TestPolicy(
        id,
        proposals,
        Optional.of(
            (subtree, host) -> {
              Explanation.Builder unexplained = new Explanation.Builder();
              subtree
                  .entries()
                  .filter(matches.negate())
                  .forEach(entry -> unexplained.add(entry, "is in no record"));
              return unexplained.build();
            }),
        commands);
  }

  /** This policy, whose candidates have a server stopped, and which may do that. */
  public TestPolicy stopping(Stopped server) {
    return with(each -> each.requiring(server))
        .running(server.stop().toArray(String[]::new))
        .running(server.start().toArray(String[]::new));
  }

  /** This policy, which may have one more command run, a bare name with its arguments. */
  public TestPolicy running(String... argv) {
    CommandShape shape =
        CommandShape.of(argv[0]).then(List.of(argv).subList(1, argv.length).toArray(String[]::new));
    return new TestPolicy(
        id,
        proposals,
        account,
        ImmutableList.<CommandShape>builder().addAll(commands).add(shape).build());
  }

  @Override
  public String description() {
    return "what a test proposes";
  }

  @Override
  public RebuildCost cost() {
    return RebuildCost.TRIVIAL;
  }

  @Override
  public boolean appliesTo(CleanupTarget target) {
    return true;
  }

  @Override
  public List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return proposals.apply(snapshot);
  }
}
