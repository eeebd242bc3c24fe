package dev.lowtide.plan;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class CleanupPlanTest {
  private final TestTree tree = TestTree.inMemory().file("a");

  private String json() throws IOException {
    return TestMachine.lowtide(tree, TestPolicy.deleting("a"))
        .build()
        .plan(CleanupTarget.of("workspace", tree.root()))
        .toJson();
  }

  private static void assertRefused(String json, String words) {
    assertThatThrownBy(() -> CleanupPlan.fromJson(json))
        .isInstanceOf(CleanupPlan.FormatException.class)
        .hasMessageContaining(words)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void anotherSchemaIsRefused() throws IOException {
    assertRefused(json().replace("\"schema\": 1", "\"schema\": 2"), "It has schema 2");
  }

  @Test
  void aTruncatedPlanIsRefused() throws IOException {
    String json = json();
    for (int length = 0; length < json.length() - 2; length += 7) {
      assertRefused(json.substring(0, length), "It ");
    }
  }

  @Test
  void aMissingMemberIsNamed() throws IOException {
    assertRefused(json().replace("\"inode\"", "\"other\""), "no plan.items[0].identity.inode");
  }

  @Test
  void aMemberOfTheWrongKindIsNamed() throws IOException {
    assertRefused(json().replace("\"delete\"", "\"explode\""), "plan.items[0].action");
    assertRefused(json().replace("\"REGENERABLE\"", "\"MOOD\""), "plan.items[0].cause");
  }

  @Test
  void whatIsNoPlanIsRefused() {
    assertRefused("[]", "a plan is a JSON object");
  }
}
