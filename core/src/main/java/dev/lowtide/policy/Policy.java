package dev.lowtide.policy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Recognises one kind of file or directory that may be removed, by evidence.
 *
 * <p>A policy only proposes; guards decide, and other code deletes. A policy has no side effects,
 * depends only on its arguments, and proposes the same candidates for the same snapshot.
 * Implementations must be safe for use by many threads.
 */
public interface Policy {

  /**
   * A policy made from its parts. Most policies of an ecosystem need nothing else.
   *
   * @param where selects the targets for which it is asked
   * @param evidence implements {@link #propose}, with the same obligations
   */
  static Policy of(
      String id,
      String description,
      RebuildCost cost,
      Predicate<CleanupTarget> where,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence) {
    return new PolicyRow(
        id, description, cost, where, evidence, Optional.empty(), List.of(), any -> 0);
  }

  /**
   * Like {@link #of(String, String, RebuildCost, Predicate, BiFunction)}, but every entry of its
   * candidates must be explained.
   *
   * @param account explains them
   */
  static Policy of(
      String id,
      String description,
      RebuildCost cost,
      Predicate<CleanupTarget> where,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence,
      Account account) {
    return new PolicyRow(
        id, description, cost, where, evidence, Optional.of(account), List.of(), any -> 0);
  }

  /** Like the first {@code of}, for a policy that runs commands. */
  static Policy of(
      String id,
      String description,
      RebuildCost cost,
      Predicate<CleanupTarget> where,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence,
      List<CommandShape> commands) {
    return new PolicyRow(
        id, description, cost, where, evidence, Optional.empty(), commands, any -> 0);
  }

  /**
   * Like the first {@code of}, for a {@link CleanupTarget.Kind#STORE} and a policy that runs
   * commands.
   *
   * @param storeBytes see {@link #storeBytes}
   */
  static Policy inStore(
      String id,
      String description,
      RebuildCost cost,
      Predicate<CleanupTarget> where,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence,
      List<CommandShape> commands,
      ToLongFunction<PolicyContext> storeBytes) {
    return new PolicyRow(
        id, description, cost, where, evidence, Optional.empty(), commands, storeBytes);
  }

  /** Like the first {@code of}, with an account, for a policy that runs commands. */
  static Policy of(
      String id,
      String description,
      RebuildCost cost,
      Predicate<CleanupTarget> where,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence,
      Account account,
      List<CommandShape> commands) {
    return new PolicyRow(
        id, description, cost, where, evidence, Optional.of(account), commands, any -> 0);
  }

  /** Like the first {@code of}, for directories that a user named. */
  static Policy inWorkspaces(
      String id,
      String description,
      RebuildCost cost,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence) {
    return of(
        id, description, cost, target -> target.kind() == CleanupTarget.Kind.WORKSPACE, evidence);
  }

  /** Like the other method, but an account must explain every entry of its candidates. */
  static Policy inWorkspaces(
      String id,
      String description,
      RebuildCost cost,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence,
      Account account) {
    return of(
        id,
        description,
        cost,
        target -> target.kind() == CleanupTarget.Kind.WORKSPACE,
        evidence,
        account);
  }

  /**
   * The ecosystem and a name, such as {@code python.bytecode}; unique and stable, since
   * configurations refer to it.
   */
  String id();

  /** What the policy removes, as a phrase for a table: "bytecode caches". */
  String description();

  /** The usual cost of getting back what the policy removes. */
  RebuildCost cost();

  /**
   * Whether the policy is asked about a target; by default only about directories that a user
   * named.
   */
  default boolean appliesTo(CleanupTarget target) {
    return target.kind() == CleanupTarget.Kind.WORKSPACE;
  }

  /**
   * Proposes what may be removed, and names what looks similar but must be kept.
   *
   * @param snapshot the whole target
   */
  List<Candidate> propose(Snapshot snapshot, PolicyContext context);

  /**
   * The account that explains the candidates, both when planning and again before removal. Without
   * one, the other guards decide alone.
   */
  default Optional<Account> account() {
    return Optional.empty();
  }

  /**
   * The forms of all commands that the policy may run, for its candidates and for their
   * requirements. No other commands are run for it, or for a plan that names it. By default none.
   */
  default List<CommandShape> commands() {
    return List.of();
  }

  /**
   * The bytes that this kind of object, used or not, occupies in a {@link
   * CleanupTarget.Kind#STORE}, as the store's tool reports. The sum over all policies is the size
   * of the store, for {@link Retention#maxSize} and for goals; other targets are measured. By
   * default 0.
   */
  default long storeBytes(PolicyContext context) {
    return 0;
  }

  /**
   * The files whose {@link Entry#lastAccess} shows the policy what is in use. Lowtide makes the
   * file system record the next read of each, even if Linux would record reads only once a day. By
   * default none.
   *
   * @param snapshot the whole target
   */
  default List<Entry> watched(Snapshot snapshot) {
    return List.of();
  }
}
