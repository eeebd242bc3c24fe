package dev.lowtide.policies.rust.builds;

import static dev.lowtide.testing.TestTree.NOW;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policies.rust.RustPolicies;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Makes target directories as cargo does, in memory, and plans with the policies for them. */
final class TargetTree {
  static final String STABLE = "rustc 1.95.0 (59807616e 2026-04-14)";

  private static final String TAG =
      "Signature: 8a477f597d28d172789f06886806bc55\n"
          + "# This file is a cache directory tag created by cargo.\n";

  private final TestTree tree;
  private final Map<String, String> variables = new HashMap<>();
  private final Map<List<String>, String> answers = new HashMap<>();
  private final Map<Path, List<List<String>>> questions = new HashMap<>();

  TargetTree() {
    this(TestTree.inMemory());
  }

  TargetTree(TestTree tree) {
    this.tree = tree;
  }

  TestTree tree() {
    return tree;
  }

  /** Any file, such as a project's. */
  TargetTree file(String path, Instant modified) {
    tree.file(path, path.endsWith(".rlib") ? "!<arch>\n" : "content of " + path, modified);
    return this;
  }

  /** A directory that bears what cargo puts into a target directory, with some profiles. */
  TargetTree target(String path, String... profiles) {
    tree.file(path + "/CACHEDIR.TAG", TAG).file(path + "/.rustc_info.json", "{}");
    for (String profile : profiles) {
      tree.directory(path + "/" + profile + "/.fingerprint")
          .directory(path + "/" + profile + "/deps")
          .file(path + "/" + profile + "/.cargo-lock", "");
    }
    return this;
  }

  /** What rustc keeps in {@code incremental/CRATE-HASH}, of one session. */
  TargetTree incremental(String crate, Instant time) {
    String session = crate + "/s-1-2-3";
    tree.file(crate + "/s-1-2.lock", "", time);
    for (String name : List.of("dep-graph", "query-cache", "work-products")) {
      tree.file(session + "/" + name + ".bin", "RSIC", time);
    }
    return modified(session, time);
  }

  /** What rustdoc writes where there is no crate. */
  TargetTree documentation(String directory, Instant time) {
    tree.file(directory + "/crates.js", "window.ALL_CRATES = [];", time)
        .file(directory + "/help.html", "", time)
        .file(directory + "/static.files/a-01234567.css", "", time);
    return modified(directory + "/static.files", time);
  }

  private TargetTree modified(String path, Instant time) {
    try {
      Files.setLastModifiedTime(tree.path(path), FileTime.from(time));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A unit, built and last read at a time. */
  TargetTree unit(String profile, Made made) {
    String record = profile + "/.fingerprint/" + made.packageName() + "-" + made.hash();
    addRecord(record, made);
    String file = profile + "/deps/lib" + made.packageName() + "-" + made.hash();
    tree.file(file + ".rlib", TestTree.kib(100), made.built());
    tree.file(file + ".rmeta", made.metadata(), made.built());
    return this;
  }

  /** As {@link #unit}, in the layout of later versions. */
  TargetTree laterUnit(String profile, Made made) {
    String unit = profile + "/build/" + made.packageName() + "/" + made.hash();
    addRecord(unit + "/fingerprint", made);
    String file = unit + "/out/lib" + made.packageName() + "-" + made.hash();
    tree.file(file + ".rlib", TestTree.kib(100), made.built());
    tree.file(file + ".rmeta", made.metadata(), made.built());
    return this;
  }

  /** A run of a build script that wrote a file. */
  TargetTree run(String profile, Made made, String file) {
    String name = made.packageName() + "-" + made.hash();
    addRecord(profile + "/.fingerprint/" + name, "run-build-script-build-script-build", made);
    tree.file(profile + "/build/" + name + "/output", "", made.built())
        .file(profile + "/build/" + name + "/out/" + file, file, made.built());
    return this;
  }

  private void addRecord(String record, Made made) {
    addRecord(record, "lib-" + made.packageName(), made);
  }

  private void addRecord(String record, String kind, Made made) {
    tree.file(record + "/invoked.timestamp", "", made.built())
        .file(record + "/" + kind + ".json", made.json(), made.built())
        .file(record + "/" + kind, made.content(), made.built());
    try {
      Files.getFileAttributeView(tree.path(record + "/" + kind), BasicFileAttributeView.class)
          .setTimes(null, FileTime.from(made.read()), null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A library that was made from others. */
  record Made(
      String packageName,
      int number,
      int features,
      String compiler,
      Instant built,
      Instant read,
      List<Made> from) {
    static Made of(String packageName, int number, Instant built, Made... from) {
      return new Made(packageName, number, 0, STABLE, built, built, List.of(from));
    }

    Made withFeatures(int other) {
      return new Made(packageName, number, other, compiler, built, read, from);
    }

    Made by(String version) {
      return new Made(packageName, number, features, version, built, read, from);
    }

    Made readAt(Instant time) {
      return new Made(packageName, number, features, compiler, built, time, from);
    }

    /** The beginning of what rustc 1.95 writes, which is all that is read of it. */
    String metadata() {
      return "rust\0\0\0\n\1\2\0\0\0\0\0\0" + (char) compiler.length() + compiler + "\1\2";
    }

    /** Differs for each number. */
    String hash() {
      return String.format(Locale.ROOT, "%016x", packageName.hashCode() * 1000L + number);
    }

    long fingerprint() {
      return 0xFEDC_0000_0000_0000L + packageName.hashCode() * 31L + number; // beyond a signed long
    }

    String content() {
      return String.format(Locale.ROOT, "%016x", Long.reverseBytes(fingerprint()));
    }

    String json() {
      StringBuilder deps = new StringBuilder();
      for (Made each : from) {
        deps.append(deps.isEmpty() ? "" : ",")
            .append("[1,\"" + each.packageName() + "\",false,")
            .append(Long.toUnsignedString(each.fingerprint()) + "]");
      }
      return "{\"rustc\":"
          + Integer.toUnsignedString(compiler.hashCode())
          + ",\"features\":\"["
          + features
          + "]\",\"target\":13496438561704991791,\"profile\":8731458305071235362,\"path\":"
          + packageName.hashCode()
          + ",\"deps\":["
          + deps
          + "],\"local\":[],\"rustflags\":[],\"config\":8247474407144887393,\"compile_kind\":0}";
    }
  }

  TargetTree variable(String name, String value) {
    variables.put(name, value);
    return this;
  }

  /** What cargo answers about a workspace, instead of the real one. */
  TargetTree metadata(String workspace, String targetDirectory) {
    answers.put(
        List.of(tree.path(workspace).toString(), "cargo"),
        "{\"workspace_root\":\""
            + tree.path(workspace)
            + "\",\"target_directory\":\""
            + tree.path(targetDirectory)
            + "\"}");
    return this;
  }

  /** What cargo notes of the compiler that has built into a target directory last. */
  TargetTree lastBuiltBy(String version, String sysroot) {
    tree.file(
        "target/.rustc_info.json",
        "{\"rustc_fingerprint\":1,\"outputs\":{\"2\":{\"stdout\":\""
            + version
            + "\\nbinary: rustc\\n\"},\"3\":{\"stdout\":\"___\\nlib___.rlib\\n"
            + sysroot
            + "\\noff\\n\"}}}");
    return this;
  }

  /** A toolchain as rustup 1.29 tells of it, which lies in {@code /toolchains/NAME}. */
  TargetTree toolchain(String name, String version) {
    List<String> list = List.of("rustup", "toolchain", "list");
    answers.merge(list, name + " (active, default)\n", (before, line) -> before + name + "\n");
    answers.put(List.of("rustup", "run", name, "rustc", "-V"), version + "\n");
    answers.put(
        List.of("rustup", "run", name, "rustc", "--print", "sysroot"),
        "/toolchains/" + name + "\n");
    return this;
  }

  /** A compiler that rustup knows nothing of. */
  TargetTree compilerOnPath(String directory, String version, String sysroot) throws IOException {
    Path rustc = tree.root().resolve(directory).resolve("rustc");
    executable(rustc.toString());
    answers.put(List.of(rustc.toString(), "-V"), version + "\n");
    answers.put(List.of(rustc.toString(), "--print", "sysroot"), sysroot + "\n");
    return variable("PATH", directory);
  }

  /** A file of a program. */
  TargetTree executable(String path) throws IOException {
    Path file = tree.root().resolve(path);
    Files.createDirectories(file.getParent());
    Files.createFile(file);
    return this;
  }

  /** The command that was asked what cargo knows of a workspace. */
  List<List<String>> askedIn(String workspace) {
    return questions.getOrDefault(tree.path(workspace), List.of());
  }

  private Optional<String> answer(Path directory, List<String> argv) {
    questions.computeIfAbsent(directory, any -> new ArrayList<>()).add(argv);
    boolean ofWorkspace = argv.contains("metadata");
    return Optional.ofNullable(
        answers.get(ofWorkspace ? List.of(directory.toString(), "cargo") : argv));
  }

  Planned plan(String policy, String... settings) {
    return plan(CleanupTarget.of("workspace", tree.root()), policy, settings);
  }

  /** Directories are as old as what lies in them, and not as young as the test. */
  private void dateDirectories() {
    try (Stream<Path> paths = Files.walk(tree.root())) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        if (Files.isDirectory(path) && Files.getLastModifiedTime(path).toInstant().isAfter(NOW)) {
          try (Stream<Path> children = Files.list(path)) {
            FileTime newest = FileTime.from(Instant.EPOCH.plusSeconds(1));
            for (Path child : children.toList()) {
              FileTime time = Files.getLastModifiedTime(child, LinkOption.NOFOLLOW_LINKS);
              newest = time.compareTo(newest) > 0 ? time : newest;
            }
            Files.setLastModifiedTime(path, newest);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Planned plan(CleanupTarget target, String policy, String... settings) {
    boolean onDisk = tree.root().getFileSystem().equals(FileSystems.getDefault());
    if (!onDisk) {
      dateDirectories();
    }
    Map<String, String> all = new HashMap<>();
    for (String setting : settings) {
      all.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
    }
    HostEnvironment host =
        TestMachine.host(tree.root().getFileSystem())
            .withVariables(before -> variables)
            .withTools(this::answer);
    Lowtide lowtide =
        TestMachine.lowtide(tree)
            .clock(onDisk ? TestMachine.clockIn(Duration.ofDays(40)) : TestMachine.clockAt(NOW))
            .host(host)
            .providers(
                List.of(new RustPolicies()),
                new PolicyProvider.Selection(Set.of(policy), Map.of("rust", all)))
            .build();
    return Planned.of(tree, target, lowtide);
  }
}
