package dev.lowtide.policies.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A real engine of its own, with each docker client on {@code PATH}: skipped where {@code dockerd}
 * is missing, cannot run, or no client can build.
 */
class BuildCacheE2ETest {
  private static final int BUILDS = 2;
  private static final int MEGABYTE = 1_000_000;
  private static final int LARGEST_RECORD = (1 + BUILDS) * MEGABYTE;

  private Path directory;
  private Process engine;
  private Map<String, String> variables;

  @BeforeEach
  void startEngine() throws Exception {
    ChildProcess.assumeTool("dockerd");
    ChildProcess.assumeTool("docker");
    directory = Files.createTempDirectory("eng"); // a socket's path must be short, unix(7)
    String address = "unix://" + directory.resolve("s");
    variables = new HashMap<>(System.getenv());
    variables.keySet().removeIf(name -> name.startsWith("DOCKER_"));
    variables.put("DOCKER_HOST", address);
    ProcessBuilder builder =
        new ProcessBuilder(
            "dockerd",
            "--storage-driver=vfs",
            "--iptables=false",
            "--bridge=none",
            "--data-root=" + directory.resolve("data"),
            "--exec-root=" + directory.resolve("exec"),
            "--pidfile=" + directory.resolve("pid"),
            "--host=" + address);
    engine =
        builder.redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile()).start();
    Instant patience = Instant.now().plusSeconds(20);
    while (engine.isAlive() && !answers() && Instant.now().isBefore(patience)) {
      Thread.sleep(50);
    }
    assumeTrue(answers(), "skipped: dockerd does not run here");
  }

  @AfterEach
  void stopEngine() throws Exception {
    if (engine != null) {
      engine.destroy();
      if (!engine.waitFor(20, TimeUnit.SECONDS)) {
        engine.destroyForcibly().waitFor();
      }
      ChildProcess.run(Path.of("/"), "rm", "-rf", directory.toString());
    }
  }

  private boolean answers() throws IOException {
    return !new DockerPolicies().discover(host(variables.getOrDefault("PATH", ""))).isEmpty();
  }

  /** One that has not asked yet, and so sees what is there now. */
  private HostEnvironment host(String path) {
    Map<String, String> all = new HashMap<>(variables);
    all.put("PATH", path);
    HostEnvironment machine = HostEnvironment.current().withVariables(any -> all);
    return machine.withTools(CommandRunner.tools(machine, Set.of("docker")));
  }

  private List<Path> clients() {
    return Stream.of(variables.getOrDefault("PATH", "").split(":"))
        .map(Path::of)
        .filter(place -> Files.isExecutable(place.resolve("docker")))
        .toList();
  }

  /** Two records and the source of each build; random, so that nothing is there twice. */
  private boolean build(Path client, int number) throws Exception {
    Path source = Files.createDirectories(directory.resolve("source" + number));
    byte[] bytes = new byte[MEGABYTE * (1 + number)];
    new Random(System.nanoTime()).nextBytes(bytes);
    Files.write(source.resolve("a"), bytes);
    Files.write(source.resolve("b"), "b".repeat(number + 1).getBytes());
    Files.writeString(source.resolve("Dockerfile"), "FROM scratch\nCOPY a /a\nCOPY b /b\n");
    ProcessBuilder builder =
        new ProcessBuilder(
            client.resolve("docker").toString(),
            "build",
            "--quiet",
            "--output=type=local,dest=" + directory.resolve("out"),
            source.toString());
    builder.environment().putAll(variables);
    builder.environment().put("DOCKER_BUILDKIT", "1");
    Process process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("build-log").toFile())
            .start();
    return process.waitFor() == 0;
  }

  private Path builder() throws Exception {
    for (Path client : clients()) {
      if (build(client, 1)) {
        return client;
      }
    }
    assumeTrue(false, "skipped: no docker client here can build with BuildKit");
    throw new AssertionError();
  }

  private long cached(Path client) {
    return new DockerEngine(host(client.toString()), directory, Instant.now()).bytes("Build Cache");
  }

  @Test
  void losesWhatWasPlannedAndAsMuchAsDockerSays() throws Exception {
    Path builder = builder();
    for (Path client : clients()) {
      for (int i = 1; i <= BUILDS; i++) {
        assertThat(build(builder, i)).isTrue();
      }
      Thread.sleep(1_100); // the policies keep what was used within the last second
      long before = cached(client);
      long limit = before / 2;
      HostEnvironment host = host(client.toString());
      Lowtide lowtide =
          Lowtide.builder()
              .providers(
                  List.of(new DockerPolicies()),
                  PolicyProvider.Selection.ALL.named(List.of("docker.build-cache")))
              .host(host)
              .olderThan(Duration.ofSeconds(1))
              .maxSize(new ByteSize(limit))
              .listener(CleanupListener.NONE)
              .build();
      List<CleanupTarget> targets = new DockerPolicies().discover(host);
      CleanupPlan plan = lowtide.plan(targets);
      long estimate = plan.items().get(0).candidate().estimatedBytes().orElseThrow();

      lowtide.apply(plan).orThrow();

      long after = cached(client);
      assertThat(after).as(client.toString()).isPositive().isLessThanOrEqualTo(limit);
      // Of records that were used at nearly the same time the engine may take another one
      assertThat((double) before - after)
          .isCloseTo(estimate, offset(LARGEST_RECORD + before / 100.0));
    }
  }

  private String docker(Path client, String... arguments) {
    List<String> argv = new ArrayList<>(List.of("env"));
    argv.add("DOCKER_HOST=" + variables.get("DOCKER_HOST"));
    argv.add("DOCKER_BUILDKIT=1");
    argv.add(client.resolve("docker").toString());
    argv.addAll(List.of(arguments));
    return ChildProcess.run(directory, argv.toArray(String[]::new)).strip();
  }

  /** An image of a program that ends at once; each has a large layer and one of its own. */
  private void image(Path client, String name, int size, String top) throws Exception {
    Path source = Files.createDirectories(directory.resolve("image"));
    if (size > 0) {
      byte[] bytes = new byte[size];
      new Random(System.nanoTime()).nextBytes(bytes);
      Files.write(source.resolve("large"), bytes);
    }
    Files.write(source.resolve("top"), top.repeat(MEGABYTE).getBytes());
    Files.writeString(
        source.resolve("Dockerfile"),
        "FROM scratch\nCOPY run /run\nCOPY large /large\nCOPY top /top\nCMD [\"/run\"]\n");
    docker(client, "build", "--quiet", "--tag", name, source.toString());
  }

  /** All types together: an image that goes leaves its layers to the build cache. */
  private long inUse(Path client) {
    DockerEngine fresh = new DockerEngine(host(client.toString()), directory, Instant.now());
    return Stream.of("Images", "Containers", "Build Cache").mapToLong(fresh::bytes).sum();
  }

  @Test
  void oneRunRemovesWhatItPlannedAndLeavesNothingForTheNext() throws Exception {
    ChildProcess.assumeTool("gcc");
    Path builder = builder();
    Path source = Files.createDirectories(directory.resolve("image"));
    Files.writeString(source.resolve("run.c"), "int main(void) { return 0; }");
    ChildProcess.run(source, "gcc", "-static", "-o", "run", "run.c");
    Files.delete(source.resolve("run.c"));
    for (Path client : clients()) {
      image(builder, "app", 5 * MEGABYTE, "a");
      image(builder, "app", 0, "b"); // the large layer belongs to two images, which both go
      docker(client, "run", "--network=none", "--name=ended", "--volume=kept:/v", "app");
      image(builder, "app", 3 * MEGABYTE, "c");
      docker(client, "create", "--name=waiting", "app");
      image(builder, "app", 2 * MEGABYTE, "d");
      Thread.sleep(1_100); // the policies keep what was used within the last second
      long before = inUse(client);
      CleanupPlan plan = everything(client).plan(targets(client));
      long estimate =
          plan.items().stream()
              .mapToLong(item -> item.candidate().estimatedBytes().orElseThrow())
              .sum();

      everything(client).apply(plan).orThrow();

      assertThat((double) before - inUse(client))
          .as(client.toString())
          .isCloseTo(estimate, offset(before / 100.0));
      assertThat(everything(client).plan(targets(client)).items()).isEmpty();
      assertThat(docker(client, "ps", "--all", "--format", "{{.Names}}")).isEqualTo("waiting");
      assertThat(docker(client, "volume", "ls", "--quiet")).isEqualTo("kept");
      assertThat(docker(client, "image", "ls", "--quiet", "--filter", "dangling=true"))
          .as("the image of the container that was never started")
          .hasLineCount(1);
      docker(client, "container", "rm", "waiting");
      docker(client, "system", "prune", "--all", "--force");
    }
  }

  private List<CleanupTarget> targets(Path client) {
    return new DockerPolicies().discover(host(client.toString()));
  }

  private Lowtide everything(Path client) throws IOException {
    return Lowtide.builder()
        .providers(List.of(new DockerPolicies()), PolicyProvider.Selection.ALL)
        .host(host(client.toString()))
        .olderThan(Duration.ofSeconds(1))
        .listener(CleanupListener.NONE)
        .build();
  }
}
