package dev.lowtide.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Gauge.Budget;
import dev.lowtide.policy.Gauge.Reading;
import dev.lowtide.policy.Gauge.Unit;
import dev.lowtide.probe.SizeProbe;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {
  private static final Examination NOWHERE =
      new Examination(HostEnvironment.current(), SizeProbe.portable(), List.of(), Map.of());

  private static Gauge gauge(Unit unit, Optional<Reading> reading) {
    return new Gauge("tool.number", unit, "a number of a tool", examination -> reading);
  }

  private static Budget.Result check(Unit unit, String budget, Optional<Reading> reading) {
    return Budget.parse("tool.number" + budget, List.of(gauge(unit, reading))).check(NOWHERE);
  }

  @ParameterizedTest
  @CsvSource({
    "PERCENT, >=85%,   0.85,  true",
    "PERCENT, >85%,    0.85,  false",
    "PERCENT, >=85.5%, 0.855, true",
    "PERCENT, >=100%,  0.9996, false",
    "BYTES,   <10KiB,  10240, false",
    "BYTES,   <=10KiB, 10240, true",
    "BYTES,   < 10 KiB, 10239, true",
    "COUNT,   <=0,     0,     true",
    "COUNT,   <=0,     1,     false",
  })
  void comparesTheReadingWithTheLimit(Unit unit, String budget, double value, boolean holds) {
    assertThat(check(unit, budget, Optional.of(Reading.of(value, "so read"))).holds())
        .isEqualTo(holds);
  }

  @Test
  void saysWhatWasReadBesideTheLimitAndHowItCameToBe() {
    Reading reading = Reading.of(0.8, "8 of 10 results came from the cache");

    assertThat(check(Unit.PERCENT, ">=85%", Optional.of(reading)).explain())
        .isEqualTo("80.0 %, not >= 85.0 %: 8 of 10 results came from the cache");
    assertThat(check(Unit.PERCENT, ">=80%", Optional.of(reading)).explain())
        .isEqualTo("80.0 %, as >= 80.0 %: 8 of 10 results came from the cache");
  }

  @Test
  void isNotSaidToReachALimitByRounding() {
    Reading reading = Reading.of(0.84996, "almost");

    assertThat(check(Unit.PERCENT, ">=85%", Optional.of(reading)).explain()).startsWith("84.9 %");
  }

  @Test
  void holdsWhereThereWasNothingYetToCount() {
    Budget.Result result =
        check(Unit.PERCENT, ">=85%", Optional.of(Reading.idle("nothing was compiled")));

    assertThat(result.holds()).isTrue();
    assertThat(result.explain()).isEqualTo("nothing measured yet: nothing was compiled");
  }

  @Test
  void doesNotHoldWhereNothingTellsTheNumber() {
    Budget.Result result = check(Unit.COUNT, "<=5", Optional.empty());

    assertThat(result.holds()).isFalse();
    assertThat(result.explain()).isEqualTo("not available here: a number of a tool");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "COUNT   | tool.number        | is not a budget; write a name",
        "COUNT   | tool.number==5     | is not a budget",
        "COUNT   | tool.other<5       | There is no gauge 'tool.other'; there are tool.number",
        "COUNT   | tool.number<5%     | 5%' is not a whole number",
        "COUNT   | tool.number<-1     | -1' is not a whole number",
        "PERCENT | tool.number>=0.85  | 0.85' is not a percentage; write for example 85%",
        "PERCENT | tool.number>=101%  | 101%' is not a percentage",
        "BYTES   | tool.number<ten    | ten' is not a size",
      })
  void saysWhatIsWrongWithABudget(Unit unit, String budget, String message) {
    assertThatThrownBy(() -> Budget.parse(budget, List.of(gauge(unit, Optional.empty()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
