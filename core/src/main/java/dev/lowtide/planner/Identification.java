package dev.lowtide.planner;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Problem;
import dev.lowtide.plan.PlanItem;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads from the disk the identities of the subtrees that may be removed. */
final class Identification {
  private final List<Problem> problems;

  /**
   * @param problems receives what could not be read
   */
  Identification(List<Problem> problems) {
    this.problems = problems;
  }

  /**
   * The identities by path, without subtrees that have been removed since they were captured or
   * that cannot be read.
   */
  Map<Path, PlanItem.Identity> of(Collection<Proposal> proposals) throws InterruptedIOException {
    List<Proposal> list = List.copyOf(proposals);
    List<Optional<PlanItem.Identity>> found = Parallel.map(list, this::identity);
    Map<Path, PlanItem.Identity> identities = new HashMap<>();
    for (int i = 0; i < list.size(); i++) {
      Path path = list.get(i).path();
      found.get(i).ifPresent(identity -> identities.put(path, identity));
    }
    return identities;
  }

  private Optional<PlanItem.Identity> identity(Proposal proposal) throws InterruptedIOException {
    if (proposal.target().kind() == CleanupTarget.Kind.STORE) {
      return Optional.of(PlanItem.Identity.UNREAD);
    }
    try {
      return Optional.of(PlanItem.Identity.of(proposal.subtree()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      synchronized (problems) {
        problems.add(Problem.of(proposal.path(), "identify", e));
      }
      return Optional.empty();
    }
  }
}
