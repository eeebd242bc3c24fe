package dev.lowtide.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Range;

/**
 * The options and parameters of a command, each with a consumer for its value. The consumer is not
 * called if the option is missing.
 *
 * <p>picocli can also find options by annotations. But to read these, the JVM makes a class for
 * each kind of annotation and looks up each of its hundred methods, which takes longer than
 * measuring a small tree.
 */
public final class Options {
  private final CommandSpec spec;

  /** A command without options so far. */
  public Options(
      String name, Callable<Integer> command, String description, String... twoExamples) {
    spec = CommandSpec.wrapWithoutInspection(command).name(name);
    spec.usageMessage().description(description).footerHeading("%nExamples:%n").footer(twoExamples);
  }

  /**
   * Sets the meanings of the exit codes; 2 has the same one everywhere.
   *
   * @param more such as {@code "3:A guard refused a root."}
   */
  public void exits(String done, String failed, String... more) {
    List<String> all = new ArrayList<>(List.of("0:" + done, "1:" + failed));
    all.add("2:The arguments were wrong; one line says what to write instead.");
    all.addAll(List.of(more));
    spec.usageMessage()
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(UsageMessageSpec.keyValuesMap(all.toArray(new String[0])));
  }

  public CommandSpec spec() {
    return spec;
  }

  /** An option as the help shows it, such as {@code -o, --output=FILE}. */
  public static OptionSpec.Builder option(String usage) {
    int equals = usage.indexOf('=');
    String names = equals < 0 ? usage : usage.substring(0, equals);
    OptionSpec.Builder option = OptionSpec.builder(names.split(", "));
    return equals < 0 ? option : option.paramLabel(usage.substring(equals + 1));
  }

  /** A parameter without a name. */
  static PositionalParamSpec.Builder parameters() {
    return PositionalParamSpec.builder();
  }

  /** Adds an option that picocli itself handles. */
  void add(OptionSpec.Builder option) {
    spec.addOption(option.build());
  }

  /** Adds an option without a value. */
  public void flag(String usage, Consumer<Boolean> to, String description) {
    value(usage, boolean.class, to, description);
  }

  /** Adds an option with any text as its value. */
  public void text(String usage, Consumer<String> to, String description) {
    value(usage, String.class, to, description);
  }

  /** Adds an option with a value. */
  public <T> void value(String usage, Class<T> type, Consumer<T> to, String description) {
    value(option(usage).description(description), type, to);
  }

  public <T> void value(OptionSpec.Builder option, Class<T> type, Consumer<T> to) {
    spec.addOption(bound(option.type(type), new Binding<>(to)).build());
  }

  <T> void value(PositionalParamSpec.Builder parameter, Class<T> type, Consumer<T> to) {
    spec.addPositional(bound(parameter.type(type), new Binding<>(to)).build());
  }

  /** Adds an option that can be repeated. */
  <T> void list(String usage, Class<T> type, Consumer<List<T>> to, String description) {
    list(option(usage).description(description), type, to);
  }

  /** Adds an option that can be repeated. */
  <T> void list(OptionSpec.Builder option, Class<T> type, Consumer<List<T>> to) {
    spec.addOption(bound(option.type(List.class).auxiliaryTypes(type), new Binding<>(to)).build());
  }

  /** Adds a parameter that can be repeated. */
  <T> void list(PositionalParamSpec.Builder parameters, Class<T> type, Consumer<List<T>> to) {
    spec.addPositional(
        bound(parameters.type(List.class).auxiliaryTypes(type), new Binding<>(to)).build());
  }

  /**
   * Adds an option that can be repeated and maps names to values.
   *
   * @param type of the values; for optional ones, {@code Optional} and the type of their content
   */
  <T> void map(OptionSpec.Builder option, Consumer<Map<String, T>> to, Class<?>... type) {
    Class<?>[] types =
        Stream.concat(Stream.of(String.class), Stream.of(type)).toArray(Class<?>[]::new);
    spec.addOption(bound(option.type(Map.class).auxiliaryTypes(types), new Binding<>(to)).build());
  }

  private static OptionSpec.Builder bound(OptionSpec.Builder option, Binding<?> binding) {
    return option.hasInitialValue(false).getter(binding).setter(binding);
  }

  private static PositionalParamSpec.Builder bound(
      PositionalParamSpec.Builder parameter, Binding<?> binding) {
    Range arity = parameter.arity();
    return parameter
        .required(arity == null || arity.min() > 0)
        .hasInitialValue(false)
        .getter(binding)
        .setter(binding);
  }

  /** Keeps a value for picocli, which reads it back to add to a list. */
  private static final class Binding<T> implements IGetter, ISetter {
    private final Consumer<T> to;
    private @Nullable T value;

    Binding(Consumer<T> to) {
      this.to = to;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // picocli's signature
    public <V> @Nullable V get() {
      return (V) value;
    }

    @Override
    @SuppressWarnings("unchecked") // picocli has checked the type
    public <V> @Nullable V set(@Nullable V given) {
      V before = get();
      value = (T) given;
      if (given != null) {
        to.accept(value);
      }
      return before;
    }
  }
}
