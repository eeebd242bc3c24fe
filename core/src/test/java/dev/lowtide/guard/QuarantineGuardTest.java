package dev.lowtide.guard;

import static dev.lowtide.testing.TestTree.NOW;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What holds a tree that can be restored stays; an expired one holds nothing back. */
class QuarantineGuardTest extends GuardFixture {
  private void quarantined(long untilSecond) {
    tree.file("a/.lowtide-trash-0/0123456789abcdef.7-1." + untilSecond + "/file");
  }

  @Test
  void aTreeThatCanBeRestoredKeepsWhatHoldsIt() throws IOException {
    quarantined(NOW.getEpochSecond() + 1);

    assertKept(plan(workspace, "a"), "quarantine", "can still be restored");
  }

  @Test
  void aTreeWhoseTimeIsOverKeepsNothing() throws IOException {
    quarantined(NOW.getEpochSecond());

    assertGoes(plan(workspace, "a"), tree.path("a"));
  }
}
