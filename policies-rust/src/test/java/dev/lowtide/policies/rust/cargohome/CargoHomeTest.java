package dev.lowtide.policies.rust.cargohome;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.policies.rust.RustPolicies;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is proposed in cargo's home. */
class CargoHomeTest {
  private static final String SRC = "registry/src/index-1/";
  private static final String CACHE = "registry/cache/index-1/";

  @TempDir Path directory;
  private final TestTree tree = TestTree.inMemory();

  private CleanupTarget target() {
    return CleanupTarget.cache("cargo-home", tree.root());
  }

  @BeforeEach
  void plantLocks() {
    tree.file(".package-cache").file(".package-cache-mutate");
  }

  private TestTree crate(String name) {
    tree.file(SRC + name + "/src/lib.rs", kib(8))
        .file(SRC + name + "/.cargo-ok", "{\"v\":1}")
        .file(CACHE + name + ".crate");
    String source = name + "/src/lib.rs";
    CrateArchive.of(tree.path(SRC), source).write(tree.path(CACHE + name + ".crate"));
    return tree;
  }

  private TestTree checkout(String name) {
    String emptyIndex = "DIRC\0\0\0\2\0\0\0\0" + "\0".repeat(20);
    return tree.file("git/checkouts/" + name + "/1234567/.git/index", emptyIndex)
        .file("git/checkouts/" + name + "/1234567/.git/packed-refs", kib(8))
        .file("git/checkouts/" + name + "/1234567/.cargo-ok")
        .file("git/db/" + name + "/HEAD", "1234567");
  }

  private void used(Map<String, Instant> times) throws IOException {
    Files.write(tree.path(".global-cache"), Sqlite.cargo(directory, times));
  }

  private LowtideBuilder lowtide() {
    return Planned.using(Planned.host(tree));
  }

  private Planned plan() {
    return Planned.of(tree, target(), lowtide().build());
  }

  private Planned planOlderThanAMonth() {
    return Planned.of(tree, target(), lowtide().olderThan(Duration.ofDays(30)).build());
  }

  @Test
  void losesSourcesAndCheckoutsThatAreThereASecondTime() {
    crate("a-1.0.0");
    checkout("b-1");
    tree.file("bin/tool").file("config.toml").file("credentials.toml").allModified(daysAgo(40));

    assertThat(plan().proposed()).containsExactly("git/checkouts/b-1/1234567", SRC + "a-1.0.0");
    assertThat(plan().refused()).isEmpty();
  }

  @Test
  void isCleanedUnderBothLocksOfCargo() {
    crate("a-1.0.0").allModified(daysAgo(40));

    assertThat(plan().plan().items())
        .flatExtracting(item -> item.candidate().locks())
        .containsExactly(tree.path(".package-cache"), tree.path(".package-cache-mutate"));
  }

  @Test
  void isCleanedUnderTheOneLockThatEarlierCargosHave() throws IOException {
    crate("a-1.0.0").allModified(daysAgo(40));
    Files.delete(tree.path(".package-cache-mutate"));

    assertThat(plan().apply().plan().items())
        .flatExtracting(item -> item.candidate().locks())
        .containsExactly(tree.path(".package-cache"));
    assertThat(tree.has(SRC + "a-1.0.0")).isFalse();
  }

  @Test
  void keepsEverythingWhereCargoHasNoLockToHold() throws IOException {
    crate("a-1.0.0").allModified(daysAgo(40));
    Files.delete(tree.path(".package-cache"));
    Files.delete(tree.path(".package-cache-mutate"));

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused().get(SRC + "a-1.0.0"))
        .isEqualTo("cargo's lock /tree/.package-cache is missing, so cargo cannot be locked out");
  }

  @Test
  void goesByWhatCargoTracksAndNotByTimesOfFiles() throws IOException {
    crate("old-1.0.0");
    crate("used-1.0.0");
    checkout("old-1");
    tree.file("git/checkouts/used-1/7654321/.cargo-ok").file("git/db/used-1/HEAD");
    tree.allModified(daysAgo(400));
    used(
        Map.of(
            SRC + "old-1.0.0",
            daysAgo(31),
            SRC + "used-1.0.0",
            daysAgo(29),
            "git/checkouts/old-1/1234567",
            daysAgo(31),
            "git/checkouts/used-1/7654321",
            daysAgo(29)));

    Planned planned = planOlderThanAMonth();

    assertThat(planned.proposed())
        .containsExactly("git/checkouts/old-1/1234567", SRC + "old-1.0.0");
    assertThat(planned.plan().items())
        .extracting(item -> item.candidate().lastUsed())
        .containsOnly(daysAgo(31));
  }

  @Test
  void losesTheLeastRecentlyUsedWhereItIsTooLarge() throws IOException {
    crate("older-1.0.0");
    crate("newer-1.0.0");
    tree.allModified(daysAgo(400));
    used(Map.of(SRC + "older-1.0.0", daysAgo(3), SRC + "newer-1.0.0", daysAgo(2)));
    long all = plan().plan().reclaimableBytes();
    ByteSize most = new ByteSize(usage() - all / 2);

    Planned planned = Planned.of(tree, target(), lowtide().maxSize(most).build());

    assertThat(planned.proposed()).containsExactly(SRC + "older-1.0.0");
  }

  private long usage() throws IOException {
    return SizeProbe.portable().measure(tree.root()).allocatedBytes();
  }

  @Test
  void keepsWhatCargoDoesNotTellTheAgeOfWhereAgeCounts() throws IOException {
    crate("a-1.0.0").allModified(daysAgo(400));

    assertThat(planOlderThanAMonth().proposed()).isEmpty();
    assertThat(planOlderThanAMonth().refused().get(SRC + "a-1.0.0")).contains("is missing");

    used(Map.of(SRC + "another-1.0.0", daysAgo(400)));

    assertThat(planOlderThanAMonth().proposed()).isEmpty();
    assertThat(planOlderThanAMonth().refused().get(SRC + "a-1.0.0")).contains("is not recorded in");
  }

  @Test
  void keepsWhatWasLastUsedAtNoTime() throws IOException {
    crate("a-1.0.0").allModified(daysAgo(400));
    for (long seconds : new long[] {0, Long.MIN_VALUE, Long.MAX_VALUE}) {
      Files.write(
          tree.path(".global-cache"),
          Sqlite.cargoInSeconds(directory, Map.of(SRC + "a-1.0.0", seconds)));

      assertThat(planOlderThanAMonth().refused().get(SRC + "a-1.0.0"))
          .contains("is not recorded in");
    }
  }

  @Test
  void doesNotTrustADatabaseThatIsBeingWritten() throws IOException {
    crate("a-1.0.0").allModified(daysAgo(400));
    used(Map.of(SRC + "a-1.0.0", daysAgo(40)));
    assertThat(planOlderThanAMonth().proposed()).hasSize(1);

    tree.file(".global-cache-journal", "pages from before");

    assertThat(planOlderThanAMonth().proposed()).isEmpty();
  }

  @Test
  void keepsWhatCouldNotBeMadeAgainWithoutNetwork() {
    tree.file(SRC + "a-1.0.0/.cargo-ok").file("git/checkouts/b-1/1234567/.cargo-ok");
    tree.file(CACHE + "another-1.0.0.crate").file("git/db/another-1/HEAD");
    tree.allModified(daysAgo(40));

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused().get(SRC + "a-1.0.0")).contains("a-1.0.0.crate is not in");
    assertThat(plan().refused().get("git/checkouts/b-1/1234567")).contains("git/db/b-1 is missing");
  }

  @Test
  void keepsACheckoutWithoutARepositoryAndSaysWhy() {
    tree.file("git/checkouts/b-1/1234567/.cargo-ok").file("git/db/b-1/HEAD");
    tree.file("git/checkouts/b-1/1234567/notes.txt", "mine").allModified(daysAgo(40));

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused().get("git/checkouts/b-1/1234567"))
        .contains("its Git index cannot be read");
  }

  @Test
  void keepsWhatCouldNotBeMadeAgainSinceItsArchiveOrCloneVanished() throws IOException {
    crate("a-1.0.0");
    checkout("b-1").allModified(daysAgo(40));
    Planned planned = plan();
    Files.delete(tree.path(CACHE + "a-1.0.0.crate"));
    Files.move(tree.path("git/db/b-1"), tree.path("git/db/elsewhere"));

    assertThat(planned.lowtide().apply(planned.plan()).skipped())
        .hasSize(2)
        .allSatisfy(skipped -> assertThat(skipped.reason()).startsWith("order: "));
  }

  @Test
  void keepsWhatCargoHasNotFinished() {
    crate("a-1.0.0");
    tree.file(SRC + "b-1.0.0/src/lib.rs").file(CACHE + "b-1.0.0.crate").allModified(daysAgo(40));

    assertThat(plan().proposed()).containsExactly(SRC + "a-1.0.0");
    assertThat(plan().refused().get(SRC + "b-1.0.0")).contains("no .cargo-ok");
  }

  @Test
  void keepsWhatWasEdited() {
    crate("a-1.0.0");
    checkout("b-1");
    tree.allModified(daysAgo(40));
    tree.file(SRC + "a-1.0.0/src/lib.rs", "dbg!()", daysAgo(39))
        .file("git/checkouts/b-1/1234567/notes.txt", "mine", daysAgo(39));

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused().get(SRC + "a-1.0.0")).contains("lib.rs changed after");
  }

  @Test
  void losesDownloadsOnlyToThoseWhoAskForThat() throws IOException {
    crate("a-1.0.0");
    checkout("b-1");
    tree.file("registry/index/index-1/config.json").allModified(daysAgo(40));
    Lowtide removing =
        Lowtide.builder()
            .providers(
                List.of(new RustPolicies()),
                new PolicyProvider.Selection(
                    Set.of(), Map.of("rust", Map.of("cargo-downloads", "remove"))))
            .host(Planned.host(tree))
            .clock(Clock.fixed(TestTree.NOW, ZoneOffset.UTC))
            .build();

    Planned planned = Planned.of(tree, target(), removing);

    assertThat(plan().proposed()).hasSize(2);
    assertThat(planned.proposed())
        .containsExactly(
            "git/checkouts/b-1/1234567",
            "git/db/b-1",
            "registry/index/index-1",
            SRC + "a-1.0.0",
            CACHE + "a-1.0.0.crate");
    planned.lowtide().apply(planned.plan()).orThrow();
    assertThat(tree.has(SRC + "a-1.0.0") || tree.has(CACHE + "a-1.0.0.crate")).isFalse();
  }

  @Test
  void isNotLookedForInAWorkspace() {
    crate("a-1.0.0").allModified(daysAgo(40));

    Planned planned =
        Planned.of(tree, CleanupTarget.of("workspace", tree.root()), lowtide().build());

    assertThat(planned.proposed()).isEmpty();
  }

  @Test
  void anotherPolicyDoesNotGetWhatThisOneHasReasonToKeep() {
    tree.file(SRC + "a-1.0.0/.cargo-ok").allModified(daysAgo(40));
    Lowtide both = lowtide().policy(TestPolicy.deleting(SRC + "a-1.0.0")).build();

    Planned planned = Planned.of(tree, target(), both);

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.plan().refused())
        .extracting(each -> each.policy())
        .containsOnly("rust.cargo-home");
  }
}
