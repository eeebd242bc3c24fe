package dev.lowtide.policies.rust;

import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Gauge;
import dev.lowtide.policy.Gauge.Reading;
import dev.lowtide.policy.Gauge.Unit;
import dev.lowtide.probe.Entry;
import java.util.List;
import java.util.Optional;

/** The size of all target directories below the named roots, measured. */
final class TargetGauge {
  static final Gauge SIZE =
      new Gauge(
          "target.size",
          Unit.BYTES,
          "size of the target directories of cargo below the named roots, measured",
          TargetGauge::size);

  private TargetGauge() {}

  private static Optional<Reading> size(Examination examination) {
    if (examination.workspaces().isEmpty()) {
      return Optional.empty();
    }
    List<Entry> targets =
        examination.workspaces().stream()
            .flatMap(workspace -> RustDoctor.targetDirectories(workspace).stream())
            .toList();
    return targets.stream()
        .map(target -> target.usage().allocated())
        .reduce((one, other) -> one.plus(other))
        .map(sum -> Reading.of(sum, "measured in " + targets.size() + " target directories"))
        .or(() -> Optional.of(Reading.idle("nothing was built below the roots")));
  }
}
