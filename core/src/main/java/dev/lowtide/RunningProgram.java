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
 * @param argv what it was started with, its own name first; empty if it does not answer, and then
 *     it may be any program
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

  /** One that does not say what it is: it may run since ever, and work anywhere. */
  public static RunningProgram withoutAnswer(long pid) {
    return new RunningProgram(pid, List.of(), Instant.MIN, Optional.empty());
  }
}
