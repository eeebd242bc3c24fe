package dev.lowtide.testing;

import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Random;

/**
 * Real files with something wrong in them: what reads them may only answer or throw what it says it
 * throws. A few hundred inputs each, or as many as fit into {@code -Dlowtide.fuzz.seconds}, ten
 * minutes for all readers together in the profile {@code attack}.
 */
public final class Mutations {
  /** As many in each run, so that a fast machine finds what a slow one does. */
  private static final int SUITE = 250;

  /** A reader that hangs; one that waits for its turn on a busy machine does not take so long. */
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** What parsers treat in a way of its own. */
  private static final byte[] SPECIAL = "\0\n\r\t \"'\\{}[](),:.=#/%-+eE09\u007f".getBytes();

  private Mutations() {}

  /** What reads a file. */
  public interface Reader {
    /** Reads it; what it may throw is caught in it. */
    void read(byte[] file) throws Exception;
  }

  /** Reads one file after another, each of which is a real one with something wrong. */
  public static void of(byte[] real, Reader reader) {
    int seconds = Integer.getInteger("lowtide.fuzz.seconds", 0);
    boolean suite = seconds == 0;
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    long seed = suite ? 1 : System.nanoTime();
    int inputs = 0;
    for (; suite ? inputs < SUITE : System.nanoTime() < end; inputs++, seed++) {
      Random random = new Random(seed);
      byte[] file = real;
      for (int j = random.nextInt(4); j >= 0; j--) {
        file = mutated(file, random);
      }
      long start = System.nanoTime();
      try {
        reader.read(file);
      } catch (Exception | Error e) {
        throw new AssertionError("with the seed " + seed + " of " + real.length + " bytes", e);
      }
      if (System.nanoTime() - start > LONGEST.toNanos()) {
        fail("The seed " + seed + " took longer than " + LONGEST);
      }
    }
    if (!suite) {
      System.out.printf("%d mutations of %d bytes were read%n", inputs, real.length);
    }
  }

  private static byte[] mutated(byte[] from, Random random) {
    if (from.length == 0) {
      return new byte[] {SPECIAL[random.nextInt(SPECIAL.length)]};
    }
    byte[] file = from.clone();
    int at = random.nextInt(file.length);
    int length = Math.min(file.length - at, 1 + random.nextInt(64));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    switch (random.nextInt(8)) {
      case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> file[at] = (byte) random.nextInt(256);
      case 2 -> file[at] = SPECIAL[random.nextInt(SPECIAL.length)];
      case 3 ->
          java.util.Arrays.fill(file, at, at + length, (byte) (random.nextBoolean() ? -1 : 0));
      case 4 -> {
        out.write(file, 0, at); // cut off
        return out.toByteArray();
      }
      case 5 -> {
        out.write(file, 0, at); // left out
        out.write(file, at + length, file.length - at - length);
        return out.toByteArray();
      }
      case 6 -> {
        out.write(file, 0, at); // again and again
        for (int i = random.nextInt(1000); i >= 0; i--) {
          out.write(file, at, length);
        }
        out.write(file, at, file.length - at);
        return out.toByteArray();
      }
      default -> {
        int other = random.nextInt(file.length); // copied over something else
        System.arraycopy(from, at, file, other, Math.min(length, file.length - other));
      }
    }
    return file;
  }
}
