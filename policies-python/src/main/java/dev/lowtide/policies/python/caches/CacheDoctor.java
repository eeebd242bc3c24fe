package dev.lowtide.policies.python.caches;

import static dev.lowtide.policy.Examination.Finding.Severity.INFO;
import static dev.lowtide.policy.Examination.Finding.Severity.WARNING;

import dev.lowtide.BoundedSize;
import dev.lowtide.ByteSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.probe.Volume;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds settings of Python's tools that make a machine lose disk space. */
public final class CacheDoctor {
  /** A smaller cache without a limit is only worth a note. */
  private static final ByteSize WARNING_SIZE = new ByteSize(1L << 30);

  /**
   * A cache whose size no version of its tool limits: uv up to 0.8, pip up to 26.
   *
   * @param targetId the id of the target
   * @param disablingVariable a variable that turns the cache off
   */
  private record Unbounded(String tool, String targetId, String disablingVariable) {}

  private static final List<Unbounded> UNBOUNDED_CACHES =
      List.of(
          new Unbounded("pip", Places.PIP_CACHE, "PIP_NO_CACHE_DIR"),
          new Unbounded("uv", Places.UV_CACHE, "UV_NO_CACHE"));

  private CacheDoctor() {}

  public static List<Finding> examine(Examination examination) {
    List<Finding> findings = new ArrayList<>();
    HostEnvironment host = examination.host();
    for (Unbounded each : UNBOUNDED_CACHES) {
      Optional<Path> cache = Places.root(each.targetId(), host);
      if (cache.isPresent() && host.variable(each.disablingVariable()).isEmpty()) {
        examination
            .usage(cache.get())
            .filter(usage -> usage.files() > 0)
            .ifPresent(usage -> findings.add(unbounded(each, cache.get(), usage)));
      }
    }
    Optional<Path> uvCache = Places.root(Places.UV_CACHE, host);
    if (uvCache.isPresent() && host.executable(Places.UV).isPresent()) {
      examination.workspaces().stream()
          .filter(CacheDoctor::isPython)
          .forEach(
              workspace ->
                  copiesInsteadOfLinks(examination, uvCache.get(), workspace)
                      .ifPresent(findings::add));
    }
    return findings;
  }

  private static Finding unbounded(Unbounded cache, Path path, DiskUsage usage) {
    BoundedSize size = usage.allocated();
    String tool = cache.tool();
    return new Finding(
        "python." + tool + "-cache-unbounded",
        size.bytes() < WARNING_SIZE.bytes() ? INFO : WARNING,
        path.toString(),
        "the cache of " + tool + " takes " + size + ", and " + tool + " never limits it",
        "Run 'lowtide clean --caches --policy python."
            + tool
            + "-cache --max-size 5GB --yes' regularly.");
  }

  private static boolean isPython(Snapshot workspace) {
    return workspace.root().hasFile("pyproject.toml")
        || workspace.root().hasFile("setup.py")
        || workspace.root().hasFile("requirements.txt");
  }

  private static Optional<Finding> copiesInsteadOfLinks(
      Examination examination, Path cache, Snapshot workspace) {
    Optional<Volume> ofCache = examination.volume(cache);
    Optional<Volume> ofWorkspace = examination.volume(workspace.rootPath());
    if (ofCache.isEmpty() || ofWorkspace.isEmpty() || ofCache.equals(ofWorkspace)) {
      return Optional.empty();
    }
    return Optional.of(
        new Finding(
            "python.uv-copies",
            WARNING,
            workspace.rootPath().toString(),
            "the cache of uv is on another file system, "
                + cache
                + ", so each environment here contains copies instead of links",
            "Set UV_CACHE_DIR to a directory on the file system of the workspace."));
  }
}
