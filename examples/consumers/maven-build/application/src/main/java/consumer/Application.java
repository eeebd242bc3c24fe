package consumer;

/** A class of another module. */
public final class Application {
  private Application() {}

  public static void main(String[] arguments) {
    System.out.println(Library.greeting());
  }
}
