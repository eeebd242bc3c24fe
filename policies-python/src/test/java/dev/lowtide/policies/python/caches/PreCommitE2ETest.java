package dev.lowtide.policies.python.caches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Planned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real pre-commit, with hooks from a repository on this machine. */
class PreCommitE2ETest {
  @TempDir Path temporary;
  private Path directory;
  private Path cache;

  @BeforeEach
  void makeHooks() throws IOException {
    ChildProcess.assumeTool("pre-commit");
    ChildProcess.assumeTool("git");
    directory = temporary.toRealPath();
    cache = directory.resolve("cache");
    Path hooks = Files.createDirectory(directory.resolve("hooks"));
    Files.writeString(
        hooks.resolve(".pre-commit-hooks.yaml"),
        "- {id: check, name: check, entry: check.sh, language: script}\n");
    Files.writeString(hooks.resolve("check.sh"), "#!/bin/sh\nexit 0\n");
    assertThat(hooks.resolve("check.sh").toFile().setExecutable(true)).isTrue();
    git(hooks, "init", "-q");
    git(hooks, "add", ".");
    git(hooks, "commit", "-q", "-m", "Check");
    git(hooks, "tag", "v1");
    git(hooks, "tag", "v2");
    Path project = Files.createDirectory(directory.resolve("project"));
    git(project, "init", "-q");
    Files.writeString(project.resolve("file"), "");
    git(project, "add", ".");
  }

  private void git(Path where, String... arguments) {
    String[] argv = new String[arguments.length + 5];
    List.of("git", "-c", "user.name=me", "-c", "user.email=me@here").toArray(argv);
    System.arraycopy(arguments, 0, argv, 5, arguments.length);
    ChildProcess.run(where, argv);
  }

  /** With the hooks of a version. */
  private void runHooks(String version) throws IOException {
    Files.writeString(
        directory.resolve("project/.pre-commit-config.yaml"),
        "repos: [{repo: '"
            + directory.resolve("hooks").toUri()
            + "', rev: "
            + version
            + ", hooks: [{id: check}]}]\n");
    ChildProcess.run(
        directory.resolve("project"),
        "env",
        "PRE_COMMIT_HOME=" + cache,
        "pre-commit",
        "run",
        "--all-files");
  }

  private List<Path> clones() throws IOException {
    try (Stream<Path> entries = Files.list(cache)) {
      return entries.filter(each -> each.getFileName().toString().startsWith("repo")).toList();
    }
  }

  private void clean(ByteSize limit) throws IOException {
    Map<String, String> variables = new HashMap<>(System.getenv());
    variables.put("PRE_COMMIT_HOME", cache.toString());
    HostEnvironment host = HostEnvironment.current().withVariables(any -> variables);
    Lowtide lowtide =
        Planned.using(host, PolicyProvider.Selection.ALL.named(List.of("python.pre-commit-cache")))
            .clock(Clock.systemUTC())
            .maxSize(limit)
            .build();
    lowtide.apply(lowtide.plan(CleanupTarget.cache("pre-commit-cache", cache))).orThrow();
  }

  @Test
  void loseTheHooksThatNoProjectUsesIfTheCacheIsTooLarge() throws IOException {
    runHooks("v1");
    runHooks("v2");
    List<Path> both = clones();

    clean(ByteSize.parse("1GB"));
    assertThat(clones()).as("it is small enough").hasSameElementsAs(both).hasSize(2);
    clean(ByteSize.parse("1KB"));
    assertThat(clones()).as("the project uses one").hasSize(1);

    runHooks("v2");
    assertThat(clones()).as("which is still known").hasSize(1);
    runHooks("v1");
    assertThat(clones()).as("the other one is made again").hasSize(2);
  }
}
