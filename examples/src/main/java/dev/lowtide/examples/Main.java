package dev.lowtide.examples;

/** A placeholder for the {@code lowtide} command: prints its usage. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.out.println("Usage: lowtide [-v] COMMAND [ARGUMENT...]");
  }
}
