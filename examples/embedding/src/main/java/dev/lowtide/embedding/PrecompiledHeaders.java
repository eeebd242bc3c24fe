package dev.lowtide.embedding;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement;
import dev.lowtide.probe.Entry;

/** A policy for the headers that GCC compiled: the example of the README. */
public final class PrecompiledHeaders {
  private PrecompiledHeaders() {}

  // README: begin
  /** Removes precompiled headers: {@code x.h.gch}, where {@code x.h} is beside it. */
  public static Policy policy() {
    return Policy.of(
        "gcc.precompiled-headers",
        "precompiled headers",
        RebuildCost.COMPUTE,
        target -> target.kind() == CleanupTarget.Kind.WORKSPACE,
        (snapshot, context) ->
            snapshot
                .entries()
                .filter(PrecompiledHeaders::isFromGcc)
                .map(PrecompiledHeaders::candidate)
                .toList(),
        (item, host) ->
            isFromGcc(item)
                ? Explanation.complete()
                : Explanation.unexplained(item, "was not written by GCC"));
  }

  private static Candidate candidate(Entry compiled) {
    String header = compiled.name().substring(0, compiled.name().length() - ".gch".length());
    Candidate candidate =
        Candidate.delete(compiled, Cause.REGENERABLE, RebuildCost.COMPUTE, "GCC compiles it again");
    return compiled
        .parent()
        .flatMap(directory -> directory.child(header))
        .map(source -> new Requirement.Exists(source.path(), source.identity()))
        .map(candidate::requiring) // the header must stay
        .orElseGet(() -> candidate.withheld("there is no '" + header + "' beside it"));
  }

  /** GCC begins each precompiled header with the four bytes "gpch". */
  private static boolean isFromGcc(Entry entry) {
    return entry.name().endsWith(".gch") && entry.text(4).filter("gpch"::equals).isPresent();
  }
  // README: end
}
