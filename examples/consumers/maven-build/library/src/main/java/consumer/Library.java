package consumer;

/** A class of one module. */
public final class Library {
  private Library() {}

  public static String greeting() {
    return "hello";
  }
}
