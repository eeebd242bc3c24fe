package dev.lowtide.guard;

import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A command that its policy does not declare is not planned, whatever it is run for. */
class CommandGuardTest extends GuardFixture {
  @Test
  void aDeclaredCommandIsAllowed() throws IOException {
    tree.file("a/x");
    TestPolicy policy = TestPolicy.commanding("a", "tool", "remove");

    assertGoes(TestMachine.lowtide(tree, policy).build().plan(workspace), tree.path("a"));
  }

  @Test
  void aCommandWithAnotherArgumentIsRefused() throws IOException {
    tree.file("a/x");
    TestPolicy declared = TestPolicy.commanding("a", "tool", "remove");
    TestPolicy policy =
        new TestPolicy(
            "test.tool",
            TestPolicy.commanding("a", "tool", "remove", "--all").proposals(),
            declared.account(),
            declared.commands());

    assertKept(
        TestMachine.lowtide(tree, policy).build().plan(workspace),
        "command",
        "'tool remove --all' is not a command that test.tool runs for /tree/a");
  }

  @Test
  void aCommandThatADeletionRequiresIsJudgedToo() throws IOException {
    tree.file("a/x");
    TestPolicy policy =
        TestPolicy.deleting("a")
            .with(each -> each.requiring(new RunCommand(each.path(), List.of("evil"))));

    assertKept(
        TestMachine.lowtide(tree, policy).build().plan(workspace), "command", "'evil' is not");
  }
}
