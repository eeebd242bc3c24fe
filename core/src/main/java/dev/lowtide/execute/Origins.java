package dev.lowtide.execute;

import dev.lowtide.fs.QuarantineDirectory;
import dev.lowtide.fs.QuarantineName;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Tells where the trees of one quarantine were. It reads each record once. Not thread-safe. */
final class Origins {
  private final QuarantineDirectory quarantine;
  private final Map<String, Map<String, Intent>> byRecord = new HashMap<>();

  Origins(QuarantineDirectory quarantine) {
    this.quarantine = quarantine;
  }

  /** Where a tree was and why it was moved; empty if its record is missing or truncated. */
  Optional<Intent> of(QuarantineName tree) throws IOException {
    Map<String, Intent> intents = byRecord.get(tree.record());
    if (intents == null) {
      intents = quarantine.readRecord(tree.record()).map(Intent::parse).orElse(Map.of());
      byRecord.put(tree.record(), intents);
    }
    return Optional.ofNullable(intents.get(tree.id()));
  }
}
