package dev.lowtide.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.PolicySelection;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void asksThePoliciesThatAreInstalled() {
    List<PolicyProvider> installed = Lowtide.installedProviders();
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    int exit =
        Main.run(
            new String[] {"policies", "--json"},
            HostEnvironment.current(),
            InputStream.nullInputStream(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));

    assertThat(exit).isZero();
    assertThat(
            JsonParser.parseString(out.toString(StandardCharsets.UTF_8))
                .getAsJsonObject()
                .getAsJsonArray("policies"))
        .hasSameSizeAs(PolicySelection.ALL.from(installed));
  }
}
