package dev.lowtide.policies.docker;

import static dev.lowtide.policies.docker.StandInEngine.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.execute.Outcome;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The real docker client, and an engine that is a stand-in; where a real engine answers, the last
 * test runs against that one too.
 */
class DockerPoliciesE2ETest {
  private static final Instant LONG_AGO = Instant.parse("2017-01-01T00:00:00Z");

  private Path directory;
  private StandInEngine engine;
  private HostEnvironment host;
  private final List<String> imported = new ArrayList<>();

  @BeforeEach
  void startEngine() throws IOException {
    ChildProcess.assumeTool("docker");
    directory = Files.createTempDirectory("eng"); // a socket's path must be short, unix(7)
    engine = new StandInEngine(directory.resolve("s"));
    host = host(Map.of("DOCKER_HOST", engine.address()));
  }

  @AfterEach
  void stopEngine() throws IOException {
    if (engine != null) {
      for (String image : imported) {
        sh("docker image rm --force " + image + " || true");
      }
      engine.close();
      MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private String sh(String script) {
    return ChildProcess.run(directory, "sh", "-c", script).strip();
  }

  private static HostEnvironment host(Map<String, String> more) {
    Map<String, String> variables = new HashMap<>(System.getenv());
    variables.keySet().removeIf(name -> name.startsWith("DOCKER_"));
    variables.putAll(more);
    HostEnvironment machine = HostEnvironment.current().withVariables(any -> variables);
    return machine.withTools(CommandRunner.tools(machine, Set.of("docker")));
  }

  private LowtideBuilder lowtide(String... policies) {
    return Lowtide.builder()
        .providers(
            List.of(new DockerPolicies()), PolicyProvider.Selection.ALL.named(List.of(policies)))
        .host(host)
        .listener(CleanupListener.NONE);
  }

  private CleanupPlan plan(Lowtide lowtide) throws IOException {
    List<CleanupTarget> targets = new DockerPolicies().discover(host);
    assertThat(targets).extracting(CleanupTarget::root).hasToString("[/var/lib/docker]");
    return lowtide.plan(targets);
  }

  private static Instant daysAgo(long days) {
    return Instant.now().minus(Duration.ofDays(days));
  }

  private static List<String> argv(PlanItem item) {
    return ((RunCommand) item.candidate().action()).argv();
  }

  @Test
  void whatNoBuildHasUsedOfLateLeavesTheBuildCache() throws IOException {
    engine
        .cached("old", 100_000_000, daysAgo(30), false)
        .cached("older", 23_000_000, daysAgo(40), false)
        .cached("young", 7_000_000, daysAgo(1), false)
        .cached("used", 5_000_000, daysAgo(30), true);
    Lowtide lowtide = lowtide("docker.build-cache").olderThan(Duration.ofDays(7)).build();

    CleanupPlan plan = plan(lowtide);

    assertThat(plan.items()).hasSize(1);
    assertThat(argv(plan.items().get(0)))
        .containsExactly("docker", "builder", "prune", "--force", "--filter", "until=604800s");
    assertThat(((RunCommand) plan.items().get(0).candidate().action()).estimatedBytes())
        .hasValue(123_000_000);
    assertThat(plan.items().get(0).candidate().reason()).startsWith("2 records");

    CleanupReport report = lowtide.apply(plan).orThrow();

    assertThat(engine.changes).hasSize(1);
    assertThat(engine.changes.get(0)).startsWith("POST /build/prune").contains("604800s");
    assertThat(report.outcomes())
        .extracting(Outcome::reason)
        .containsExactly("docker said: Total reclaimed space: 123MB");
  }

  private List<String> cachedNow() {
    return engine.buildCache.stream().map(each -> String.valueOf(each.get("ID"))).toList();
  }

  private void fourRecords() {
    engine
        .cached("used", 100_000_000, daysAgo(50), true)
        .cached("first", 100_000_000, daysAgo(40), false)
        .cached("second", 100_000_000, daysAgo(30), false)
        .cached("third", 100_000_000, daysAgo(20), false);
  }

  @Test
  void aSizeIsReachedWithWhatNoBuildHasUsedForLongest() throws IOException {
    fourRecords();
    Lowtide lowtide = lowtide("docker.build-cache").maxSize(ByteSize.parse("250MB")).build();

    CleanupPlan plan = plan(lowtide);
    lowtide.apply(plan).orThrow();

    assertThat(argv(plan.items().get(0)))
        .endsWith("--filter", "until=3600s", "--keep-storage", "250000000");
    assertThat(plan.items().get(0).candidate().estimatedBytes()).hasValue(200_000_000);
    assertThat(cachedNow()).containsExactly("used", "third");
  }

  @Test
  void aTotalIsReachedAndAReserveIsKept() throws IOException {
    fourRecords();
    SpaceGoal goal = SpaceGoal.NONE.maxTotal(ByteSize.parse("150MB"));

    CleanupPlan reserved =
        plan(
            lowtide("docker.build-cache")
                .goal(goal.reserve("docker", ByteSize.parse("300MB")))
                .build());
    Lowtide lowtide = lowtide("docker.build-cache").goal(goal).build();
    lowtide.apply(plan(lowtide)).orThrow();

    assertThat(reserved.items().get(0).candidate().estimatedBytes()).hasValue(100_000_000);
    assertThat(argv(reserved.items().get(0))).endsWith("--keep-storage", "350000000");
    assertThat(cachedNow()).containsExactly("used");
  }

  @Test
  void aBuildCacheThatIsInUseStays() throws IOException {
    engine.cached("a", 1, Instant.now(), false).cached("b", 1, daysAgo(9), true);

    assertThat(plan(lowtide("docker.build-cache").build()).items()).isEmpty();
  }

  @Test
  void aRecordOfTheBuildCacheThatOthersShareStays() throws IOException {
    engine.cached("a", 1, daysAgo(9), false).sharing("a");

    assertThat(plan(lowtide("docker.build-cache").build()).items()).isEmpty();
  }

  @Test
  void containersGoByWhenTheyEndedAndTheirVolumesStay() throws IOException {
    engine
        .container('a', "exited", daysAgo(40))
        .container('b', "exited", daysAgo(1))
        .container('c', "running", LONG_AGO)
        .container('d', "created", Instant.parse("0001-01-01T00:00:00Z"));
    Lowtide lowtide = lowtide("docker.stopped-containers").olderThan(Duration.ofDays(7)).build();

    lowtide.apply(plan(lowtide)).orThrow();

    assertThat(engine.changes).containsExactly("DELETE /containers/" + id('a'));
    assertThat(engine.containers).containsOnlyKeys(id('b'), id('c'), id('d'));
  }

  /** A person may start it tomorrow, or keep it for its volumes. */
  @Test
  void containersThatWereNeverStartedStayAndAreNamedOnce() throws IOException {
    Instant never = Instant.parse("0001-01-01T00:00:00Z");
    engine.container('a', "created", never).container('b', "created", never);

    CleanupPlan plan =
        plan(lowtide("docker.stopped-containers").olderThan(Duration.ofDays(7)).build());

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .singleElement()
        .asString()
        .startsWith("2 containers were never started and may still be: container-a, container-b;");
  }

  @Test
  void recordsThatOnlyImagesWithoutANameShareGoWithThem() throws IOException {
    engine.image('a', LONG_AGO, daysAgo(40), 0).cached("a", 1, daysAgo(9), false).sharing("a");

    assertThat(plan(lowtide("docker").build()).items())
        .extracting(PlanItem::policy)
        .containsExactly("docker.dangling-images", "docker.build-cache");
  }

  @Test
  void containersStayWhereNobodyNamesAnAge() throws IOException {
    engine.container('a', "exited", LONG_AGO);

    CleanupPlan plan = plan(lowtide("docker").build());

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .singleElement()
        .asString()
        .contains("--older-than");
  }

  /** Docker's own filter would take the second one, which is dated like all of its kind. */
  @Test
  void imagesGoByWhenTheyHadANameAndNotByTheDateOfAReproducibleBuild() throws IOException {
    engine
        .image('a', LONG_AGO, daysAgo(40), 0)
        .image('b', LONG_AGO, daysAgo(1), 0)
        .image('c', LONG_AGO, daysAgo(40), 1);
    Lowtide lowtide = lowtide("docker.dangling-images").olderThan(Duration.ofDays(7)).build();

    lowtide.apply(plan(lowtide)).orThrow();

    assertThat(engine.changes).containsExactly("DELETE /images/sha256:" + id('a'));
  }

  /** A build that runs now has not named it yet, or has just done without it. */
  @Test
  void anImageThatHadANameWithinTheHourStaysWhereNobodyNamesAnAge() throws IOException {
    engine.image('a', LONG_AGO, Instant.now(), 0).image('b', LONG_AGO, daysAgo(1), 0);

    assertThat(plan(lowtide("docker.dangling-images").build()).items())
        .extracting(item -> argv(item).get(3))
        .containsExactly("sha256:" + id('b'));
  }

  @Test
  void anImageThatNeverHadANameGoesByWhenItWasMade() throws IOException {
    Instant never = Instant.parse("0001-01-01T00:00:00Z");
    engine.image('a', Instant.now(), never, 0).image('b', daysAgo(1), never, 0);

    assertThat(plan(lowtide("docker.dangling-images").build()).items())
        .extracting(item -> argv(item).get(3))
        .containsExactly("sha256:" + id('b'));
  }

  /** Docker takes an image that has one name by its id, without being forced to. */
  @Test
  void anImageThatHasGotANameSinceThePlanStays() throws IOException {
    engine.image('a', LONG_AGO, daysAgo(40), 0);
    Lowtide lowtide = lowtide("docker.dangling-images").build();
    CleanupPlan plan = plan(lowtide);
    engine.name('a', "app:latest");

    assertThat(lowtide.apply(plan).outcomes())
        .extracting(Outcome::word, Outcome::reason)
        .singleElement()
        .asString()
        .contains("skipped", "it has a name now");
    assertThat(engine.changes).isEmpty();
  }

  @Test
  void aContainerThatHasRunAgainSinceThePlanStays() throws IOException {
    engine.container('a', "exited", daysAgo(40));
    Lowtide lowtide = lowtide("docker.stopped-containers").olderThan(Duration.ofDays(7)).build();
    CleanupPlan plan = plan(lowtide);
    engine.container('a', "exited", Instant.now());

    assertThat(lowtide.apply(plan).outcomes())
        .extracting(Outcome::word, Outcome::reason)
        .singleElement()
        .asString()
        .contains("skipped", "it has run again");
    assertThat(engine.changes).isEmpty();
  }

  @Test
  void theThreeMeetInOneStoreAndADryRunChangesNothing() throws IOException {
    engine
        .cached("old", 1_000_000, daysAgo(30), false)
        .container('a', "exited", daysAgo(40))
        .image('a', LONG_AGO, daysAgo(40), 0);
    Lowtide lowtide = lowtide().olderThan(Duration.ofDays(7)).build();
    CleanupPlan plan = plan(lowtide);

    assertThat(plan.items())
        .extracting(PlanItem::policy)
        .containsExactly(
            "docker.stopped-containers", "docker.dangling-images", "docker.build-cache");
    assertThat(lowtide.dryRun(plan).outcomes())
        .extracting(Outcome::word)
        .containsOnly("would-remove");
    assertThat(engine.changes).isEmpty();

    lowtide.apply(plan).orThrow();

    assertThat(engine.changes)
        .hasSize(3)
        .noneMatch(change -> change.contains("volume") || change.contains("v=1"));
  }

  @Test
  void anEngineOfAnotherMachineIsLeftAlone() {
    HostEnvironment far = host(Map.of("DOCKER_HOST", "tcp://127.0.0.1:1"));

    assertThat(new DockerPolicies().discover(far)).isEmpty();
  }

  @Test
  void anEngineThatDoesNotAnswerHasNothingToClean() {
    HostEnvironment off = host(Map.of("DOCKER_HOST", "unix://" + directory.resolve("none")));

    assertThat(new DockerPolicies().discover(off)).isEmpty();
  }

  /** What a test has made in an engine. */
  private record Made(String image, String container) {}

  private enum Engine {
    STAND_IN {
      @Override
      Made fill(DockerPoliciesE2ETest test) {
        test.engine.image('a', LONG_AGO, Instant.now(), 0).container('b', "exited", Instant.now());
        return new Made("sha256:" + id('a'), id('b'));
      }
    },
    /** Where one answers. */
    REAL {
      @Override
      Made fill(DockerPoliciesE2ETest test) {
        test.host = host(Map.of());
        assumeTrue(
            !new DockerPolicies().discover(test.host).isEmpty(),
            "skipped: no Docker engine answers here");
        ChildProcess.assumeTool("gcc");
        String image = test.sh("echo lowtide > x; tar c x | docker import -");
        String program =
            test.sh(
                "echo 'int main(void) { return 0; }' | gcc -static -x c -o run - && tar c run"
                    + " | docker import --change 'CMD [\"/run\"]' -");
        test.imported.addAll(List.of(image, program));
        String container = test.sh("docker create " + program);
        test.sh("docker start --attach " + container);
        return new Made(image, container);
      }
    };

    abstract Made fill(DockerPoliciesE2ETest test);
  }

  /** On a real engine, of what is there only what was made here goes. */
  @ParameterizedTest
  @EnumSource
  void anEngineLosesAContainerThatHasEndedAndAnImageWithoutAName(Engine kind) throws IOException {
    Made made = kind.fill(this);
    CleanupPlan plan = whatGoesOf(made);

    assertThat(plan.items())
        .extracting(PlanItem::policy)
        .containsExactlyInAnyOrder("docker.dangling-images", "docker.stopped-containers");
    twoHoursLater().apply(plan).orThrow();
    host = host.withTools(CommandRunner.tools(host, Set.of("docker"))); // which remembers answers
    assertThat(whatGoesOf(made).items()).isEmpty();
  }

  private Lowtide twoHoursLater() {
    return lowtide("docker.dangling-images", "docker.stopped-containers")
        .olderThan(Duration.ofHours(1))
        .clock(Clock.offset(Clock.systemUTC(), Duration.ofHours(2)))
        .build();
  }

  private CleanupPlan whatGoesOf(Made made) throws IOException {
    return only(made, twoHoursLater().plan(new DockerPolicies().discover(host)));
  }

  private static CleanupPlan only(Made made, CleanupPlan plan) {
    return plan.withItems(
        plan.items().stream()
            .filter(
                item -> argv(item).contains(made.image()) || argv(item).contains(made.container()))
            .toList());
  }
}
