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
 * What a provider may look at to find what makes a machine leak. It changes nothing and measures
 * only what it is asked for. Immutable and safe for use by many threads.
 */
public final class Examination {
  private final HostEnvironment host;
  private final SizeProbe probe;
  private final List<Snapshot> workspaces;
  private final Map<String, String> settings;

  /**
   * @param host the machine, whose tools can be asked
   * @param probe measures
   * @param workspaces what was named to be looked at
   * @param settings of the provider, as {@link PolicyProvider#policies} is given them
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

  /** The directories that were named to be looked at. */
  public List<Snapshot> workspaces() {
    return workspaces;
  }

  /** The settings of the provider, by name. */
  public Map<String, String> settings() {
    return settings;
  }

  /** What a directory takes; empty if there is none, or it cannot be read. */
  public Optional<DiskUsage> usage(Path directory) {
    try {
      return Optional.of(probe.measure(directory));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * The file system on which a path lies, or would lie if it were made; empty if the system does
   * not tell.
   */
  public Optional<Volume> volume(Path path) {
    try {
      return Optional.of(Volume.of(path));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Something about a machine that makes it leak disk space, or soon will, and what to do about it.
   *
   * @param id the ecosystem and a name, such as {@code rust.sccache-cap-ignored}; stable, since
   *     scripts look for it
   * @param severity how much it matters
   * @param where a path, a variable or a setting
   * @param message what was found, as a sentence
   * @param remedy what to do, as a sentence that can be followed to the letter
   */
  public record Finding(String id, Severity severity, String where, String message, String remedy) {
    /** How much a finding matters, least first. */
    public enum Severity {
      /** Good to know. */
      INFO,
      /** Space or time is lost. */
      WARNING,
      /** What the user asked for does not hold: a limit is not in force, a budget is exceeded. */
      ERROR
    }
  }
}
