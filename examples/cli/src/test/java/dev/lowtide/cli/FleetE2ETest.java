package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonParser;
import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Repository;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The files in {@code examples/fleet}, each checked with the tool that reads it; nothing is sent to
 * a Kubernetes.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FleetE2ETest {
  private static final Path FLEET = Repository.path("examples/fleet");
  private static final Pattern METRIC = Pattern.compile("lowtide_[a-z_]+");

  /** The limit for systemd's rating of what a unit may do, from 0 to 100 (tenths of its scale). */
  private static final int MOST_EXPOSED = 35;

  private @TempDir Path directory;
  private TestTree tree;
  private HostEnvironment host;
  private Path metrics;

  @BeforeEach
  void makeTree() throws IOException {
    SampleWorkspace workspace = SampleWorkspace.in(directory);
    tree = workspace.tree();
    host = workspace.host();
    metrics = tree.path("lowtide-guard.prom");
  }

  private String read(String file) {
    try {
      return Files.readString(FLEET.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void run(String... arguments) {
    CommandLineRun.of(host, arguments);
  }

  private void guard() {
    run(
        ("guard --once --root " + tree.path("work") + " --min-free 100% --metrics " + metrics)
            .split(" "));
  }

  /** Lowtide accepts each of its command lines in these files. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "systemd/lowtide@.service:guard --once --caches",
        "systemd/metrics.conf:guard --once --caches --metrics"
            + " /var/lib/prometheus/node-exporter/lowtide-guard.prom",
        "cron/lowtide:guard --once -q --caches --jitter 3min",
        "kubernetes/daemonset.yaml:guard --once",
        "kubernetes/cronjob.yaml:clean --caches --max-total 50GB --grace 24h --assume-idle --yes",
        "runners/after-job:clean --root W --caches --older-than 14d --background --yes"
      })
  void theCommandLinesAreValid(String fileAndArguments) {
    String[] parts = fileAndArguments.split(":", 2);
    String text =
        read(parts[0])
            .replaceAll("(?<=[A-Za-z0-9]), ", " ")
            .replace("\"$workspace\"", "W")
            .replace("\"${LOWTIDE_OLDER_THAN:-14d}\"", "14d")
            .replace("\"$lowtide\"", "lowtide");
    assertThat(text).contains("lowtide " + parts[1]);

    String[] arguments = parts[1].split(" ");
    Session session =
        new Session(
            host, InputStream.nullInputStream(), System.out, System.err, false, () -> List.of());
    Main.commandLine(arguments, session).parseArgs(arguments); // throws if an argument is wrong
  }

  /** The command of the unit is not installed here, so another one replaces it. */
  @Test
  void systemdKnowsEveryLineOfTheUnits() throws IOException {
    ChildProcess.assumeTool("systemd-analyze");
    tree.file(
        "lowtide@.service.d/metrics.conf",
        read("systemd/metrics.conf").replace("ExecStart=lowtide", "ExecStart=/bin/true"));
    Path service = tree.path("lowtide@.service");
    tree.file("lowtide@.timer", read("systemd/lowtide@.timer"));
    tree.file(
        "lowtide@.service",
        read("systemd/lowtide@.service").replace("ExecStart=lowtide", "ExecStart=/bin/true"));

    assertThat(
            ChildProcess.run(
                tree.root(),
                "systemd-analyze",
                "verify",
                "--man=no",
                service.toString(),
                tree.path("lowtide@.timer").toString()))
        .isEmpty();
    ChildProcess.run(
        tree.root(),
        "systemd-analyze",
        "security",
        "--offline=yes",
        "--threshold=" + MOST_EXPOSED,
        service.toString());
  }

  @Test
  void prometheusTakesTheRulesAndTheyFireWhenTheyShould() {
    ChildProcess.run(FLEET, "promtool", "check", "rules", "prometheus/lowtide.rules.yml");
    ChildProcess.run(FLEET, "promtool", "test", "rules", "prometheus/lowtide.rules.test.yml");
  }

  @Test
  void rulesAndDashboardUseOnlyMetricsThatAreWritten() throws IOException {
    Path clean = tree.path("lowtide-clean.prom");
    tree.file("work/c/out/c.o").file("work/notes/mine");
    run(("clean --yes --root " + tree.path("work") + " --keep a --metrics " + clean).split(" "));
    guard();
    TreeSet<String> written = new TreeSet<>();
    METRIC
        .matcher(Files.readString(clean) + Files.readString(metrics))
        .results()
        .forEach(result -> written.add(result.group()));

    for (String file :
        List.of(
            "prometheus/lowtide.rules.yml",
            "prometheus/lowtide.rules.test.yml",
            "grafana/lowtide.json")) {
      assertThat(METRIC.matcher(read(file)).results().map(result -> result.group()))
          .as(file)
          .isNotEmpty()
          .allMatch(written::contains, "is written: " + written);
    }
  }

  @Test
  void prometheusTakesTheMetrics() throws Exception {
    ChildProcess.assumeTool("promtool");
    guard();
    Process check =
        new ProcessBuilder("promtool", "check", "metrics")
            .redirectInput(metrics.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(check.getInputStream().readAllBytes());
    assertThat(check.waitFor()).as(said).isZero();
  }

  @Test
  void nodeExporterServesThem() throws Exception {
    ChildProcess.assumeTool("prometheus-node-exporter");
    guard();
    int port = ChildProcess.freePort();
    Process exporter =
        new ProcessBuilder(
                "prometheus-node-exporter",
                "--collector.disable-defaults",
                "--collector.textfile",
                "--collector.textfile.directory=" + tree.root(),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(tree.path("exporter.log").toFile())
            .start();
    try {
      String served = null;
      while (served == null) {
        assertThat(exporter.isAlive()).isTrue();
        try {
          served =
              HttpClient.newHttpClient()
                  .send(
                      HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                          .build(),
                      BodyHandlers.ofString())
                  .body();
        } catch (IOException e) {
          Thread.sleep(50); // it has not begun to listen
        }
      }
      assertThat(served)
          .contains("node_textfile_scrape_error 0")
          .contains("lowtide_run_passed{command=\"guard\"} 0")
          .contains("lowtide_items{command=\"guard\",outcome=\"removed\"} 2");
    } finally {
      exporter.destroyForcibly().waitFor();
    }
  }

  @Test
  void theDashboardIsJsonWithPanelsThatAsk() {
    assertThat(
            JsonParser.parseString(read("grafana/lowtide.json"))
                .getAsJsonObject()
                .getAsJsonArray("panels"))
        .isNotEmpty()
        .allSatisfy(
            panel ->
                assertThat(
                        panel
                            .getAsJsonObject()
                            .getAsJsonArray("targets")
                            .get(0)
                            .getAsJsonObject()
                            .get("expr")
                            .getAsString())
                    .contains("{"));
  }

  /** The second run has nothing to change. The timer is not started. */
  @Test
  void ansibleChangesNothingTheSecondTime() throws IOException {
    ChildProcess.assumeTool("ansible-playbook");
    String root = tree.path("root").toString();
    Files.createDirectory(tree.path("root"));
    String[] play = {
      "env",
      "HOME=" + tree.path("home"),
      "ANSIBLE_NOCOLOR=1",
      "ansible-playbook",
      "-i",
      "localhost,",
      "-c",
      "local",
      "site.yml",
      "-e",
      "lowtide_root=" + root
    };

    assertThat(ChildProcess.run(FLEET.resolve("ansible"), play)).contains("changed=4 ");
    assertThat(ChildProcess.run(FLEET.resolve("ansible"), play))
        .contains("changed=0 ", "failed=0 ");

    assertThat(tree.path("root/etc/systemd/system/lowtide@.service"))
        .hasSameTextualContentAs(FLEET.resolve("systemd/lowtide@.service"));
    CommandLineRun plan =
        CommandLineRun.of(
            host.withMachineConfigHome(tree.path("root/etc")),
            "plan",
            "--assume-idle",
            "--root",
            tree.path("work").toString());
    assertThat(plan.exit()).as("with the policy file that it wrote: " + plan.err()).isZero();
  }

  /**
   * Checks with the model classes of the official Python client, which are made from the API's
   * schema. They check only names and nesting of fields; the schemas themselves are not available
   * offline.
   */
  @ParameterizedTest
  @ValueSource(strings = {"kubernetes/daemonset.yaml", "kubernetes/cronjob.yaml"})
  void kubernetesKnowsEveryField(String file) {
    String python = "/usr/bin/python3";
    assumeTrue(
        hasModules(python),
        "skipped: there is no /usr/bin/python3 with the modules yaml and kubernetes");
    ChildProcess.run(
        FLEET,
        "env",
        python,
        "-c",
        """
        import re, sys, yaml
        from kubernetes.client import models

        def check(value, kind, where):
            if kind.startswith('list['):
                for i, each in enumerate(value):
                    check(each, kind[5:-1], '%s[%d]' % (where, i))
            elif kind.startswith('dict('):
                for key, each in value.items():
                    check(each, kind[5:-1].split(', ')[1], where + '.' + key)
            elif hasattr(models, kind):
                model = getattr(models, kind)
                names = {json: attribute for attribute, json in model.attribute_map.items()}
                for key, each in value.items():
                    assert key in names, '%s has no field %s' % (where, key)
                    check(each, model.openapi_types[names[key]], where + '.' + key)
            else:
                allowed = {'str': str, 'int': int, 'bool': bool, 'object': (str, int)}[kind]
                assert isinstance(value, allowed), '%s is no %s' % (where, kind)

        kinds = {'ConfigMap': 'V1ConfigMap', 'DaemonSet': 'V1DaemonSet', 'CronJob': 'V1CronJob'}
        for document in yaml.safe_load_all(open(sys.argv[1])):
            check(document, kinds[document['kind']], document['kind'])
        """,
        file);
  }

  private static boolean hasModules(String python) {
    try {
      return new ProcessBuilder(python, "-c", "import yaml, kubernetes")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  /** A stand-in for lowtide that prints its arguments. */
  @ParameterizedTest
  @ValueSource(strings = {"GITHUB_WORKSPACE", "CI_PROJECT_DIR", "WORKSPACE"})
  void afterAJobItsWorkspaceIsCleaned(String variable) throws IOException {
    lowtide("printf '%s\\n' \"$@\" >" + tree.path("notes"));

    afterJob(variable + "=" + tree.path("work"));

    assertThat(Files.readAllLines(tree.path("notes")))
        .containsExactly(
            "clean",
            "--root",
            tree.path("work").toString(),
            "--caches",
            "--older-than",
            "14d",
            "--background",
            "--yes");
  }

  @Test
  void nothingThatGoesWrongFailsAJob() {
    lowtide("exit 3");

    assertThat(afterJob("WORKSPACE=" + tree.path("work")))
        .contains("lowtide ended with exit code 3; the job is not affected");
    assertThat(afterJob("WORKSPACE=")).contains("there is no workspace ''");
    assertThat(afterJob("WORKSPACE=" + tree.path("work"), "LOWTIDE=no-such-command"))
        .contains("there is no 'no-such-command'");
  }

  private void lowtide(String script) {
    tree.file("bin/lowtide", "#!/bin/sh\n" + script + "\n");
    assertThat(tree.path("bin/lowtide").toFile().setExecutable(true)).isTrue();
  }

  private String afterJob(String... variables) {
    String[] command =
        Stream.of(
                Stream.of(
                    "env", "-u", "GITHUB_WORKSPACE", "-u", "CI_PROJECT_DIR", "-u", "WORKSPACE"),
                Stream.of("-u", "LOWTIDE", "PATH=" + tree.path("bin") + ":/usr/bin:/bin"),
                Stream.of(variables),
                Stream.of(FLEET.resolve("runners/after-job").toString()))
            .flatMap(each -> each)
            .toArray(String[]::new);
    return ChildProcess.run(tree.root(), command);
  }
}
