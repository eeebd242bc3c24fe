package dev.lowtide.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.execute.Lowtide;
import dev.lowtide.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The table of docs/policies.md has a row for each policy, with the description and cost that the
 * command prints.
 */
class PoliciesGuideTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z]+\\.[a-z.-]+)` \\| (.*?) \\| (\\w+) \\|");

  @Test
  void listsEachPolicyWithItsDescriptionAndCost() throws IOException {
    String guide = Files.readString(Repository.path("docs/policies.md"));
    List<String> policies =
        Lowtide.installedProviders().stream()
            .flatMap(provider -> provider.policies(Map.of()).stream())
            .map(
                policy ->
                    String.join(
                        " | ",
                        policy.id(),
                        policy.description(),
                        policy.cost().name().toLowerCase(Locale.ROOT)))
            .toList();

    assertThat(ROW.matcher(guide).results())
        .extracting(row -> String.join(" | ", row.group(1), row.group(2), row.group(3)))
        .containsExactlyInAnyOrderElementsOf(policies);
  }
}
