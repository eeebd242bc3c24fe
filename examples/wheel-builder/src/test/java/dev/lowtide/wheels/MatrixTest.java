package dev.lowtide.wheels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.UsageException;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MatrixTest {
  private final TestTree tree = TestTree.inMemory();
  private final HostEnvironment host = TestMachine.host(tree.root().getFileSystem());

  private Matrix matrix(String text) {
    return Matrix.read(host, tree.file("matrix.toml", text).path("matrix.toml").toString());
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          noavx512,   -cpu,            true, 0, 0, 0
          avx512,     -cpu-avx512,     0,    0, 0, 0
          avx512vnni, -cpu-avx512vnni, 0,    1, 0, 0
          avx512bf16, -cpu-avx512bf16, 0,    1, 1, 0
          amxbf16,    -cpu-amxbf16,    0,    1, 1, 1
          """)
  void theBuiltInOneHasTheVariantsOfVllm(
      String name, String suffix, String disable, String vnni, String bf16, String amx) {
    Matrix.Variant variant = Matrix.read(host, null).select(name).get(0);

    assertThat(variant.suffix()).isEqualTo(suffix);
    assertThat(variant.environment())
        .containsEntry("VLLM_TARGET_DEVICE", "cpu")
        .containsEntry("VLLM_CPU_DISABLE_AVX512", disable)
        .containsEntry("VLLM_CPU_AVX512VNNI", vnni)
        .containsEntry("VLLM_CPU_AVX512BF16", bf16)
        .containsEntry("VLLM_CPU_AMXBF16", amx);
  }

  @Test
  void variantsAreSelectedByNameOrAllOrElseTheFirst() {
    Matrix matrix = matrix("[[variant]]\nname = 'a'\n[[variant]]\nname = 'b'\nsuffix = '-b'\n");

    assertThat(matrix.select("b,a,b")).extracting(Matrix.Variant::name).containsExactly("b", "a");
    assertThat(matrix.select("all")).isEqualTo(matrix.variants());
    assertThat(matrix.select(null)).extracting(Matrix.Variant::name).containsExactly("a");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> matrix.select("c"))
        .withMessage("'c' is not a variant; there are a, b and all");
  }

  @Test
  void aVariantHasVariablesAndSettingsOfTheBuildBackend() {
    Matrix matrix =
        matrix(
            """
            [build-requirements]
            sample = ["one.txt", "two.txt"]
            [[variant]]
            name = "debug"
            suffix = "-debug"
            environment = { CFLAGS = "-O0" }
            config-settings = { "cmake.build-type" = "Debug" }
            """);

    assertThat(matrix.variants().get(0).environment()).containsEntry("CFLAGS", "-O0");
    assertThat(matrix.variants().get(0).settings()).containsEntry("cmake.build-type", "Debug");
    assertThat(matrix.requirements().get("sample")).containsExactly("one.txt", "two.txt");
  }

  static Stream<Arguments> wrongFiles() {
    return Stream.of(
        arguments("", "it has no [[variant]]"),
        arguments("[[variant", "line 1"),
        arguments("variant = 1", "Value of 'variant' is"),
        arguments("[[variant]]", "the name ''"),
        arguments("[[variant]]\nname = '../up'", "the name '../up'"),
        arguments("[[variant]]\nname = 'a'\nsuffix = '/'", "the suffix '/'"),
        arguments("[[variant]]\nname = 'a'\nenv = 1", "'env' is not known"),
        arguments("[[variant]]\nname = 'a'\nenvironment = {A = 1}", "'A' is not a string"),
        arguments("[[variant]]\nname = 'a'\n[[variant]]\nname = 'b'", "suffix of another one"));
  }

  @ParameterizedTest
  @MethodSource("wrongFiles")
  void aFileThatIsWrongIsNamedWithTheReason(String text, String reason) {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> matrix(text))
        .withMessageStartingWith("The matrix " + tree.path("matrix.toml"))
        .withMessageContaining(reason);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Matrix.read(host, "/no/matrix.toml"))
        .withMessage("The matrix /no/matrix.toml cannot be read");
  }
}
