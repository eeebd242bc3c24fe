package dev.lowtide.policies.rust.builds;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What {@code cargo sweep --time} does, restated from {@code src/fingerprint.rs} of its version
 * 0.8.0 for a comparison, since the tool itself cannot be had here: in each profile, hashes are
 * kept of which something in {@code .fingerprint} was read within the time, and everything else
 * goes whose name ends in a hash, of {@code build}, {@code deps}, the profile and {@code
 * .fingerprint}.
 */
final class CargoSweepRule {
  private static final Pattern HASHED = Pattern.compile("[^.]*-([0-9a-fA-F]{16})(\\..*)?");

  private CargoSweepRule() {}

  /** Removes what the rule does not keep, and returns the bytes that it reports. */
  static long sweep(Path target, Duration time) throws IOException {
    Instant since = Instant.now().minus(time);
    long reported = 0;
    for (Path records : find(target)) {
      Path profile = records.getParent();
      Set<String> kept = new HashSet<>();
      for (Path unit : children(records)) {
        Matcher name = HASHED.matcher(unit.getFileName().toString());
        if (name.matches() && lastRead(unit).isAfter(since)) {
          kept.add(name.group(1));
        }
      }
      for (Path directory :
          List.of(profile.resolve("build"), profile.resolve("deps"), profile, records)) {
        for (Path entry : children(directory)) {
          Matcher name = HASHED.matcher(entry.getFileName().toString());
          if (name.matches() && !kept.contains(name.group(1))) {
            reported += lengths(entry);
            MoreFiles.deleteRecursively(entry, RecursiveDeleteOption.ALLOW_INSECURE);
          }
        }
      }
    }
    return reported;
  }

  private static List<Path> find(Path target) throws IOException {
    try (Stream<Path> all = Files.walk(target)) {
      return all.filter(path -> path.endsWith(".fingerprint")).toList();
    }
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static Instant lastRead(Path unit) throws IOException {
    Instant last = Instant.MIN;
    for (Path file : children(unit)) {
      Instant read =
          Files.readAttributes(file, BasicFileAttributes.class).lastAccessTime().toInstant();
      last = read.isAfter(last) ? read : last;
    }
    return last;
  }

  /** By name: a file with two names counts twice. */
  private static long lengths(Path entry) throws IOException {
    long sum = 0;
    try (Stream<Path> all = Files.walk(entry)) {
      for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
        sum += Files.size(file);
      }
    }
    return sum;
  }
}
