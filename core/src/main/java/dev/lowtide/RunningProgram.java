package dev.lowtide;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A program that is running.
 *
 * @param pid its number
 * @param argv what it was started with, its own name first
 * @param started when that was
 * @param temporaryDirectories what {@code TMPDIR}, {@code TEMP} and {@code TMP} said then; empty
 *     where the system does not tell
 */
public record RunningProgram(
    long pid, List<String> argv, Instant started, Optional<Set<String>> temporaryDirectories) {
  public RunningProgram {
    argv = ImmutableList.copyOf(argv);
    temporaryDirectories = temporaryDirectories.map(ImmutableSet::copyOf);
  }
}
