package dev.lowtide.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The result of running {@code lowtide} within the test.
 *
 * @param exit the exit code
 * @param out standard output
 * @param err standard error
 */
record CommandLineRun(int exit, String out, String err) {

  /** A machine whose home and temporary directory are in a directory of the test. */
  static HostEnvironment host(Path directory) {
    return HostEnvironment.of(
        OperatingSystem.LINUX,
        directory.getFileSystem(),
        Map.of("PATH", System.getenv("PATH")),
        directory.resolve("home").toString(),
        directory.resolve("tmp").toString());
  }

  /** Runs without a terminal. */
  static CommandLineRun of(HostEnvironment host, String... args) {
    return run(host, "", false, args);
  }

  /** Runs on a terminal, at which a person types an answer. */
  static CommandLineRun answering(String answer, HostEnvironment host, String... args) {
    return run(host, answer, true, args);
  }

  private static CommandLineRun run(
      HostEnvironment host, String input, boolean terminal, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit =
        Main.run(
            args,
            new Session(
                host,
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal,
                () -> List.of(new SamplePolicies())));
    return new CommandLineRun(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** The one document on standard output. */
  JsonObject json() {
    return JsonParser.parseString(out).getAsJsonObject();
  }

  /** The document without times, ids and the machine, which differ from run to run. */
  JsonObject jsonWithoutTimes() {
    JsonObject document = json();
    document.remove("createdAt");
    document.remove("madeBy");
    if (document.has("items")) {
      document.getAsJsonArray("items").forEach(item -> item.getAsJsonObject().remove("identity"));
    }
    return document;
  }

  /** A document written as JSON with single quotes and {@code $name} for a value. */
  static JsonObject document(String text, Map<String, ?> values) {
    String json = text.replace('\'', '"');
    Map<String, Object> longestFirst = new HashMap<>(values);
    for (String name :
        longestFirst.keySet().stream()
            .sorted(java.util.Comparator.comparingInt(String::length).reversed())
            .toList()) {
      json = json.replace("$" + name, String.valueOf(longestFirst.get(name)));
    }
    return JsonParser.parseString(json).getAsJsonObject();
  }
}
