package dev.lowtide;

import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives events while Lowtide plans and removes.
 *
 * <p>The thread that plans or executes calls the listener, one event at a time; a slow listener
 * slows the work down. An exception that the listener throws ends the run.
 */
@FunctionalInterface
public interface CleanupListener {
  /** Ignores all events. */
  CleanupListener NONE = event -> {};

  void on(Event event);

  /**
   * Writes removals at info, failures and refusals at warn, everything else at debug, to the logger
   * {@code dev.lowtide}.
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
    /** An item is about to be removed. */
    REMOVING("Removing"),
    /** An item has been removed. */
    REMOVED("Removed"),
    /** A dry run would have removed an item. */
    WOULD_REMOVE("Would remove"),
    /** An item is kept because something has changed since the plan was made. */
    SKIPPED("Skipped"),
    /** An item could not be removed, or only in part. */
    FAILED("Failed"),
    /** What an earlier run had begun to remove, or had kept in a quarantine, has been removed. */
    RECOVERED("Finished removing"),
    /** Something in a quarantine was not put there by Lowtide, and is kept. */
    LEFT("Left");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** The text for messages, at the start of a line. */
    public String label() {
      return label;
    }
  }

  /**
   * Something that happened.
   *
   * @param kind what it is about
   * @param path the path that it is about, absolute
   * @param policy the id of the policy that proposed it, or of the target that is being measured;
   *     empty if it is not known
   * @param reason the reason, as a part of a sentence; may be empty
   * @param size how many bytes it is about; zero if it is not about bytes
   */
  record Event(Kind kind, Path path, String policy, String reason, BoundedSize size) {

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
