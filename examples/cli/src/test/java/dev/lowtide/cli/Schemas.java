package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import dev.lowtide.testing.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The JSON Schemas in {@code docs/schema}, with which tests validate real documents. */
public final class Schemas {
  private static final Path DIRECTORY = Repository.path("docs/schema");

  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemaRegistryConfig(
                  SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

  private Schemas() {}

  /** The names of all schemas. */
  public static List<String> names() {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .map(file -> file.getFileName().toString().replaceFirst("\\.json$", ""))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of a schema. */
  public static String text(String name) {
    try {
      return Files.readString(DIRECTORY.resolve(name + ".json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The violations of a schema by a document. */
  public static List<Error> errors(String name, String json) {
    return REGISTRY.getSchema(text(name)).validate(json, InputFormat.JSON);
  }

  /** Fails unless a document is valid. */
  public static void assertValid(String name, String json) {
    assertThat(errors(name, json)).as(json).isEmpty();
  }
}
