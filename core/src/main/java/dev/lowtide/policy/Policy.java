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
 * Knows one kind of thing that may go, and the evidence by which to recognise it.
 *
 * <p>A policy only proposes; guards decide, and something else deletes. It has no side effects,
 * depends on nothing but its arguments, and gives the same candidates for the same snapshot.
 * Implementations must be safe for use by many threads.
 */
public interface Policy {

  /**
   * A policy as a row of a table, which is all that most of an ecosystem's policies are.
   *
   * @param where the targets about which it is asked
   * @param evidence how to look: {@link #propose}, and held to the same
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
   * As {@link #of(String, String, RebuildCost, Predicate, BiFunction)}, where every entry of what
   * it proposes must be explained.
   *
   * @param account what explains them
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

  /** As the first {@code of}, for one that has commands run. */
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
   * As the first {@code of}, for a {@link CleanupTarget.Kind#STORE} and one that has commands run.
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

  /** As the first {@code of}, with an account, for one that has commands run. */
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

  /** As the first {@code of}, for directories that a user named. */
  static Policy inWorkspaces(
      String id,
      String description,
      RebuildCost cost,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence) {
    return of(
        id, description, cost, target -> target.kind() == CleanupTarget.Kind.WORKSPACE, evidence);
  }

  /** As the other, where every entry of what it proposes must be explained by an account. */
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
   * The ecosystem and a name, such as {@code python.bytecode}; unique, and stable, since people
   * write it down.
   */
  String id();

  /** What it removes, as a phrase for a table: "bytecode caches". */
  String description();

  /** What it usually costs to get back what it removes. */
  RebuildCost cost();

  /**
   * Whether it is to be asked about a target; unless overridden, about directories that somebody
   * named.
   */
  default boolean appliesTo(CleanupTarget target) {
    return target.kind() == CleanupTarget.Kind.WORKSPACE;
  }

  /**
   * Proposes what may go, and names what looks like it but must stay.
   *
   * @param snapshot the whole target
   */
  List<Candidate> propose(Snapshot snapshot, PolicyContext context);

  /**
   * Explains what it proposes; asked when planning and again before removal. Where there is none,
   * the other guards decide alone.
   */
  default Optional<Account> account() {
    return Optional.empty();
  }

  /**
   * The commands that it may have run, for what it proposes and for what that requires; no others
   * are run for it, nor for a plan that names it. None unless overridden.
   */
  default List<CommandShape> commands() {
    return List.of();
  }

  /**
   * What its kind of thing takes in a {@link CleanupTarget.Kind#STORE}, as the store's tool says,
   * used or not. The sum over all policies is the size of the store, for {@link Retention#maxSize}
   * and for goals; other targets are measured. 0 unless overridden.
   */
  default long storeBytes(PolicyContext context) {
    return 0;
  }

  /**
   * The files by whose {@link Entry#lastAccess} it tells what is in use, if there are such: their
   * next reading is to be recorded, even where Linux would do so once a day only. None unless
   * overridden.
   *
   * @param snapshot the whole target
   */
  default List<Entry> watched(Snapshot snapshot) {
    return List.of();
  }
}
