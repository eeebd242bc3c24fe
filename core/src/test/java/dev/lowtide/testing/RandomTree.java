package dev.lowtide.testing;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Trees of directories, files, symbolic links and hard links for properties. */
public final class RandomTree {
  private RandomTree() {}

  /** What one step adds. */
  public enum Kind {
    FILE,
    DIRECTORY,
    LINK,
    HARD_LINK
  }

  /**
   * Adds one thing.
   *
   * @param where picks the directory, and for links what they lead to
   * @param name its name; a step whose name is taken adds nothing
   * @param size of a file, in bytes
   * @param age of it, in days
   */
  public record Step(Kind kind, int where, String name, int size, int age) {}

  /** Up to 40 steps with names that collide and sort in surprising ways. */
  public static Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.of(Kind.class),
            Arbitraries.integers().between(0, 1000),
            Arbitraries.of("a", "b", "a-b", "a.d", "B", "ä", "0", "keep", "cache", "__pycache__"),
            Arbitraries.integers().between(0, 20_000),
            Arbitraries.integers().between(0, 90))
        .as(Step::new)
        .list()
        .ofMaxSize(40)
        .withoutEdgeCases();
  }

  /** Carries out the steps in a tree; returns it. */
  public static TestTree plant(TestTree tree, List<Step> steps) {
    List<String> directories = new ArrayList<>(List.of(""));
    List<String> files = new ArrayList<>();
    for (Step step : steps) {
      String parent = directories.get(step.where() % directories.size());
      String path = parent.isEmpty() ? step.name() : parent + "/" + step.name();
      if (tree.has(path)) {
        continue;
      }
      if (step.kind() == Kind.DIRECTORY) {
        tree.directory(path);
        directories.add(path);
      } else if (step.kind() == Kind.LINK) {
        tree.link(path, step.where() % 2 == 0 ? ".." : "nowhere");
      } else if (step.kind() == Kind.HARD_LINK && !files.isEmpty()) {
        tree.hardLink(path, files.get(step.where() % files.size()));
      } else {
        tree.file(path, step.size(), TestTree.daysAgo(step.age()));
        files.add(path);
      }
    }
    return tree;
  }
}
