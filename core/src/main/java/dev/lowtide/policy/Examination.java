package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.lowtide.HostEnvironment;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.probe.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The input with which a provider looks for what makes a machine leak disk space. It changes
 * nothing and measures only on request. Immutable and safe for use by many threads.
 */
public final class Examination {
  private final HostEnvironment host;
  private final SizeProbe probe;
  private final List<Snapshot> workspaces;
  private final Map<String, String> settings;

  /**
   * @param host the machine; its tools can be asked
   * @param probe measures directories
   * @param workspaces the directories that the user named
   * @param settings the settings of the provider, as for {@link PolicyProvider#policies}
   */
  public Examination(
      HostEnvironment host,
      SizeProbe probe,
      List<Snapshot> workspaces,
      Map<String, String> settings) {
    this.host = host;
    this.probe = probe;
    this.workspaces = ImmutableList.copyOf(workspaces);
    this.settings = ImmutableMap.copyOf(settings);
  }

  /** The machine. */
  public HostEnvironment host() {
    return host;
  }

  /** The directories that the user named. */
  public List<Snapshot> workspaces() {
    return workspaces;
  }

  /** The settings of the provider, by name. */
  public Map<String, String> settings() {
    return settings;
  }

  /** The disk usage of a directory; empty if it does not exist or cannot be read. */
  public Optional<DiskUsage> usage(Path directory) {
    try {
      return Optional.of(probe.measure(directory));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * The file system on which a path is, or would be created; empty if the system does not report
   * it.
   */
  public Optional<Volume> volume(Path path) {
    try {
      return Optional.of(Volume.of(path));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Something that makes a machine leak disk space now or soon, and what to do about it.
   *
   * @param id the ecosystem and a name, such as {@code rust.sccache-cap-ignored}; stable, since
   *     scripts rely on it
   * @param severity how much it matters
   * @param where the path, variable or setting
   * @param message what was found, as a part of a sentence
   * @param remedy what to do, as a sentence with exact instructions
   */
  public record Finding(String id, Severity severity, String where, String message, String remedy) {
    /** How severe a finding is, least severe first. */
    public enum Severity {
      /** For information only. */
      INFO,
      /** Disk space or time is wasted. */
      WARNING,
      /**
       * Something that the user configured is not effective: a limit is ignored, or a budget is
       * exceeded.
       */
      ERROR
    }
  }
}
