package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.PolicyProvider;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.AnnotatedElement;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

class MainTest {
  private static JsonArray policies() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    int exit =
        Main.run(
            new String[] {"policies", "--json"},
            HostEnvironment.current(),
            InputStream.nullInputStream(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));

    assertThat(exit).isZero();
    return JsonParser.parseString(out.toString(StandardCharsets.UTF_8))
        .getAsJsonObject()
        .getAsJsonArray("policies");
  }

  @Test
  void asksThePoliciesThatAreInstalled() {
    assertThat(policies())
        .hasSameSizeAs(PolicyProvider.Selection.ALL.from(Lowtide.installedProviders()));
  }

  @Test
  void namesOnceWhereSeveralProvidersLook() {
    assertThat(policies())
        .extracting(policy -> policy.getAsJsonObject().getAsJsonArray("locations").asList())
        .allSatisfy(locations -> assertThat(locations).doesNotHaveDuplicates());
  }

  /** Reading annotations would take the JVM longer than measuring a small tree. */
  @Test
  void findsNoOptionByAnnotations() {
    Session session =
        new Session(
            HostEnvironment.current(),
            InputStream.nullInputStream(),
            System.out,
            System.err,
            false,
            Lowtide::installedProviders);

    List<ArgSpec> arguments = new ArrayList<>();
    collect(Main.commandLine(new String[0], session), arguments);

    assertThat(arguments)
        .hasSizeGreaterThan(50)
        .noneMatch(argument -> argument.userObject() instanceof AnnotatedElement);
  }

  private static void collect(CommandLine command, List<ArgSpec> arguments) {
    arguments.addAll(command.getCommandSpec().args());
    command.getSubcommands().values().forEach(each -> collect(each, arguments));
  }
}
