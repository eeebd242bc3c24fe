package dev.lowtide.policies.rust;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.execute.Outcome;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Gauge.Budget;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache that the real sccache fills from gcc, and uses afterwards. */
class SccacheE2ETest {
  private static final int SOURCES = 6;

  @TempDir Path directory;
  private TestTree tree;
  private TestTree cache;
  private HostEnvironment host;

  @BeforeEach
  void writeSources() throws IOException {
    ChildProcess.assumeTool("sccache");
    ChildProcess.assumeTool("gcc");
    tree = TestTree.in(directory.toRealPath());
    cache = TestTree.in(tree.path("cache"));
    for (int i = 0; i < SOURCES; i++) {
      tree.file("f" + i + ".c", "int f" + i + "(void) { return " + i + "; }");
    }
    Map<String, String> variables = new HashMap<>(System.getenv());
    variables.keySet().removeIf(name -> name.startsWith("SCCACHE_"));
    variables.put("SCCACHE_DIR", cache.root().toString());
    variables.put("HOME", tree.root().toString());
    variables.put("SCCACHE_SERVER_PORT", Integer.toString(ChildProcess.freePort()));
    host = machine().withVariables(any -> variables);
  }

  /** The machine, to be asked anew: answers are remembered. */
  private HostEnvironment machine() {
    Map<String, String> variables = host == null ? System.getenv() : host.variables();
    return Lowtide.thisMachine(() -> List.of(new RustPolicies())).withVariables(any -> variables);
  }

  @AfterEach
  void stopServer() {
    run("sh", "-c", "sccache --stop-server || true");
  }

  private String run(String... argv) {
    List<String> all = new ArrayList<>(List.of("env", "-i"));
    host.variables().forEach((name, value) -> all.add(name + "=" + value));
    // sccache waits ten seconds for its server, which may take longer on a busy machine
    if (List.of(argv).contains("--start-server")) {
      all.addAll(List.of("sh", "-c", "\"$@\" || { sleep 3; \"$@\" || :; }", "sh"));
    } else if (List.of(argv).contains("gcc")) {
      all.addAll(List.of("sh", "-c", "\"$@\" || { sleep 3; \"$@\"; }", "sh"));
    }
    all.addAll(List.of(argv));
    return ChildProcess.run(tree.root(), all.toArray(String[]::new));
  }

  private void compile(int source) {
    run("sccache", "gcc", "-c", "f" + source + ".c", "-o", "f" + source + ".o");
  }

  /** What the server says after it was asked for all sources, and forgot what was before. */
  private SccacheStats compileAll() {
    run("sccache", "--zero-stats");
    for (int i = 0; i < SOURCES; i++) {
      compile(i);
    }
    return settled();
  }

  /** What the server says once it has written what it had to: compilers do not wait for that. */
  private SccacheStats settled() {
    SccacheStats stats;
    do {
      stats = SccacheStats.parse(run("sccache", "--show-stats", "--stats-format=json"));
    } while (stats.writes() + stats.writeErrors() < SccacheStats.sum(stats.misses()));
    return stats;
  }

  private List<Entry> entries() throws IOException {
    return SizeProbe.best().capture(cache.root()).entries().filter(Entry::isFile).toList();
  }

  /** Fills the cache with one entry for each source, the first one the oldest. */
  private void fill() throws IOException {
    List<Path> known = new ArrayList<>();
    for (int i = 0; i < SOURCES; i++) {
      compile(i);
      settled();
      int days = SOURCES - i;
      for (Path entry : entries().stream().map(Entry::path).toList()) {
        if (!known.contains(entry)) {
          known.add(entry);
          Files.setLastModifiedTime(
              entry, FileTime.from(Instant.now().minus(Duration.ofDays(days))));
        }
      }
    }
    assertThat(known).hasSize(SOURCES);
  }

  private LowtideBuilder lowtide() {
    return Lowtide.builder()
        .providers(List.of(new RustPolicies()))
        .host(host)
        .gracePeriod(Duration.ZERO);
  }

  private CleanupReport clean(Lowtide lowtide) throws IOException {
    List<CleanupTarget> targets = new RustPolicies().discover(host);
    CleanupPlan plan =
        lowtide.plan(targets.stream().filter(each -> each.id().equals("sccache")).toList());
    CleanupReport report = lowtide.apply(plan).orThrow();
    assertThat(report.skipped()).isEmpty();
    assertThat(report.freedBytes()).isEqualTo(plan.reclaimableBytes());
    return report;
  }

  @Test
  void trimmingToACapUnderALiveServerLeavesTheHitsOfWhatIsKept() throws IOException {
    fill();
    long all = SizeProbe.best().measure(cache.root()).allocatedBytes();
    long entry = entries().get(0).usage().allocatedBytes();
    assertThat(entry).isPositive().isLessThanOrEqualTo(kib(16));

    CleanupReport report =
        clean(lowtide().maxSize(new ByteSize(all - 3 * entry + entry / 2)).build());

    assertThat(report.outcomes()).hasSize(3);
    SccacheStats after = compileAll();
    assertThat(SccacheStats.sum(after.hits())).isEqualTo(3);
    assertThat(compileAll().hitRate()).hasValue(1);
  }

  @Test
  void clearingLeavesAServerAsItWasThatWritesAgain() throws IOException {
    run("env", "SCCACHE_CACHE_SIZE=123M", "sccache", "--start-server");
    fill();

    CleanupReport report = clean(lowtide().build());

    assertThat(report.outcomes()).extracting(Outcome::word).containsOnly("removed");
    assertThat(entries()).isEmpty();
    SccacheStats after = compileAll();
    assertThat(after.writes()).isEqualTo(SOURCES);
    assertThat(after.cap()).as("of the server's own environment").contains(ByteSize.parse("123M"));
    assertThat(entries()).hasSize(SOURCES);
    assertThat(compileAll().hitRate()).hasValue(1);
  }

  @Test
  void clearingStartsNoServerWhereNoneRan() throws IOException {
    fill();
    run("sccache", "--stop-server");

    clean(lowtide().build());

    assertThat(entries()).isEmpty();
    assertThat(run("sh", "-c", "sccache --stop-server 2>&1; echo exit $?"))
        .as("how it ends where there is none to stop")
        .contains("exit 2");
  }

  @Test
  void aServerTellsWhatASetupSays() throws IOException {
    compile(0);

    SccacheStats stats = SccacheStats.ofRunningServer(host).orElseThrow();

    assertThat(stats.location()).contains('"' + SccacheSetup.of(host).directory().toString() + '"');
    assertThat(stats.cap()).contains(SccacheSetup.of(host).cap());
  }

  private Budget.Result check(String budget) {
    return check(budget, machine());
  }

  private static Budget.Result check(String budget, HostEnvironment machine) {
    Examination examination = new Examination(machine, SizeProbe.best(), List.of(), Map.of());
    return Budget.parse(budget, new RustPolicies().gauges()).check(examination);
  }

  @Test
  void budgetsAreHeldToWhatTheServerTells() throws IOException {
    run("sccache", "--start-server");
    assertThat(check("sccache.hit-rate >= 85%").explain()).contains("nothing was compiled");
    assertThat(check("sccache.size < 6 B").explain()).contains("has not used its cache");
    fill();

    assertThat(check("sccache.hit-rate >= 85%").explain())
        .isEqualTo("0.0 %, not >= 85.0 %: 0 of 6 results came from the cache");
    compileAll();
    assertThat(check("sccache.hit-rate >= 85%").explain())
        .isEqualTo("100.0 %, as >= 85.0 %: 6 of 6 results came from the cache");
    assertThat(check("sccache.size < 10 GiB").holds()).isTrue();
    assertThat(check("sccache.size < 6 B").holds()).isFalse();
    assertThat(check("sccache.errors <= 0").explain())
        .isEqualTo("0, as <= 0: 0 in use, 0 reading, 0 writing, 0 took too long");
  }

  @Test
  void whereNoServerTellsItASizeIsMeasuredAndAHitRateNotKnown() throws IOException {
    fill();
    HostEnvironment withoutServer = host.withTools(Tools.NONE); // others may have one here

    assertThat(check("sccache.size < 10 GiB", withoutServer).explain())
        .endsWith("measured in " + cache.root());
    assertThat(check("sccache.hit-rate >= 0%", withoutServer).holds()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"700M", "10GB", "3.5G", "1000"})
  void aSizeMeansWhatASetupTakesItFor(String size) {
    HostEnvironment sized =
        host.withVariables(
            variables -> {
              Map<String, String> all = new HashMap<>(variables);
              all.put(SccacheSetup.SIZE_VARIABLE, size);
              return all;
            });
    run("env", SccacheSetup.SIZE_VARIABLE + "=" + size, "sccache", "--start-server");
    compile(0);

    assertThat(SccacheStats.ofRunningServer(host).orElseThrow().cap())
        .contains(SccacheSetup.of(sized).cap());
  }
}
