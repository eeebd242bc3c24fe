package dev.lowtide;

import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what Lowtide does while it does it.
 *
 * <p>Calls come from the thread that plans or executes, one at a time; a slow listener slows the
 * work down. An exception thrown here ends the run.
 */
@FunctionalInterface
public interface CleanupListener {
  /** Hears nothing. */
  CleanupListener NONE = event -> {};

  void on(Event event);

  /** Both: this one first. */
  default CleanupListener andThen(CleanupListener next) {
    return event -> {
      on(event);
      next.on(event);
    };
  }

  /**
   * Writes removals at info, failures and refusals at warn, all else at debug, to the logger {@code
   * dev.lowtide}.
   */
  static CleanupListener logging() {
    Logger logger = LoggerFactory.getLogger("dev.lowtide");
    return event -> {
      String line = event.toString();
      switch (event.kind()) {
        case REMOVED, RECOVERED -> logger.info(line);
        case REFUSED, SKIPPED, FAILED, LEFT -> logger.warn(line);
        default -> logger.debug(line);
      }
    };
  }

  /** What an event is about. */
  enum Kind {
    /** A target is about to be walked. */
    MEASURING("Measuring"),
    /** A guard keeps something that a policy proposed. */
    REFUSED("Kept"),
    /** An item is about to go. */
    REMOVING("Removing"),
    /** An item is gone. */
    REMOVED("Removed"),
    /** A dry run would have removed an item. */
    WOULD_REMOVE("Would remove"),
    /** An item stays because something is not as it was planned. */
    SKIPPED("Skipped"),
    /** An item could not be removed, or not all of it. */
    FAILED("Failed"),
    /** What an earlier run had begun to remove, or kept until now, is gone. */
    RECOVERED("Finished removing"),
    /** Something in a quarantine is not what Lowtide has put there, and stays. */
    LEFT("Left");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** For people, as the start of a line. */
    public String label() {
      return label;
    }
  }

  /**
   * Something that happened.
   *
   * @param kind what it is about
   * @param path where, absolute
   * @param policy the id of the policy that proposed it, or of the target that is being measured;
   *     empty if it is not known
   * @param reason why, as a sentence; may be empty
   * @param size how many bytes it is about; zero where it is about none
   */
  record Event(Kind kind, Path path, String policy, String reason, BoundedSize size) {
    /** How many bytes it is about, without their bound. */
    public long bytes() {
      return size.bytes();
    }

    @Override
    public String toString() {
      String amount = size.bytes() == 0 ? "" : size.toString();
      String about = policy + (policy.isEmpty() || amount.isEmpty() ? "" : ", ") + amount;
      return kind.label()
          + " "
          + Printable.of(path)
          + (about.isEmpty() ? "" : " (" + about + ")")
          + (reason.isEmpty() ? "" : ": " + Printable.of(reason));
    }
  }
}
