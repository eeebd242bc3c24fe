package consumer;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Plans, cleans and verifies a directory that it makes. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws IOException {
    System.out.println("Java " + Runtime.version().feature() + ", " + Lowtide.class.getModule());
    System.out.println(
        "providers: "
            + Lowtide.installedProviders().stream()
                .map(PolicyProvider::ecosystem)
                .sorted()
                .toList());
    Path directory = Files.createTempDirectory("consumer");
    Files.writeString(directory.resolve("app.py"), "print()\n");
    DiskBaseline before = baseline(directory);
    Path bytecode =
        Files.writeString(
            Files.createDirectory(directory.resolve("__pycache__")).resolve("app.cpython-312.pyc"),
            "compiled");

    Lowtide lowtide = Lowtide.builder().providers(Lowtide.installedProviders()).build();
    CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", directory));
    System.out.println("planned: " + plan.items().size());
    System.out.println("failed before: " + !compare(before, directory).passed());
    CleanupReport report = lowtide.apply(plan).orThrow();
    System.out.println("removed: " + !Files.exists(bytecode) + ", complete: " + report.isDone());
    System.out.println("passed after: " + compare(before, directory).passed());
    Files.delete(directory.resolve("app.py"));
    Files.delete(directory);
  }

  private static Verification compare(DiskBaseline before, Path directory) throws IOException {
    return Verification.compare(before, baseline(directory));
  }

  private static DiskBaseline baseline(Path directory) throws IOException {
    return DiskBaseline.capture(
        List.of(DiskLocation.unchanged("workspace", directory)), SizeProbe.best(), Instant.now());
  }
}
