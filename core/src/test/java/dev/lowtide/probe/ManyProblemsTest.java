package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.fs.TreeWalker;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** More things cannot be read than are listed. */
class ManyProblemsTest {
  private static final int MANY = 1500;

  private final TestTree tree = TestTree.inMemory();

  /** A walker to which the file {@code p17/v} and its like are unreadable. */
  private final TreeWalker walker =
      new TreeWalker() {
        @Override
        public String name() {
          return "failing";
        }

        @Override
        public void walk(Path root, Receiver receiver) throws IOException {
          TreeWalker.portable().walk(root, receiver);
          for (int i = 0; i < MANY; i++) {
            Path file = root.resolve("p" + i + "/v");
            receiver.problem(file, "read", new AccessDeniedException(file.toString()));
          }
        }
      };

  @Test
  void eachOfThemIsKnownToItsDirectoryAndToNoOther() throws IOException {
    for (int i = 0; i < MANY; i++) {
      tree.directory("p" + i + "/v");
    }
    for (int i = 0; i < 100; i++) {
      tree.directory("readable" + i);
    }

    Snapshot snapshot = new WalkingProbe(walker).capture(tree.root());

    assertThat(snapshot.problems()).hasSizeLessThan(MANY);
    assertThat(snapshot.root().unreadable()).isEqualTo(MANY);
    assertThat(snapshot.root().children())
        .filteredOn(each -> each.name().startsWith("p"))
        .hasSize(MANY)
        .allMatch(each -> each.unreadable() > 0);
    assertThat(snapshot.root().children())
        .filteredOn(each -> each.name().startsWith("readable"))
        .hasSize(100)
        .allMatch(each -> each.unreadable() == 0);
  }
}
