package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.PlanItem;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartUpTrainingTest {
  @TempDir Path directory;

  /** A plan without items would not load the classes that check, identify and measure items. */
  @Test
  void hasSomethingToRemove() throws Exception {
    StartUpTraining.write(directory);

    assertThat(
            Lowtide.builder()
                .providers(Lowtide.installedProviders())
                .build()
                .plan(CleanupTarget.of("workspace", directory))
                .items())
        .extracting(PlanItem::policy)
        .containsExactly("python.venv");
  }
}
