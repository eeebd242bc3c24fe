package dev.lowtide.wheels;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The CPU variants of a wheel, from the lowest requirements to the highest. Names, suffixes and
 * variables are those of the vLLM CPU wheels.
 */
enum Variant {
  NOAVX512("true", "0", "0", "0"),
  AVX512("0", "0", "0", "0"),
  AVX512VNNI("0", "1", "0", "0"),
  AVX512BF16("0", "1", "1", "0"),
  AMXBF16("0", "1", "1", "1");

  private final ImmutableMap<String, String> variables;

  /**
   * @param noAvx512 vLLM's cmake/cpu_extension.cmake compares this one with the word true; the
   *     others may have any true value
   */
  Variant(String noAvx512, String vnni, String bf16, String amx) {
    variables =
        ImmutableMap.of(
            "VLLM_TARGET_DEVICE", "cpu",
            "VLLM_CPU_DISABLE_AVX512", noAvx512,
            "VLLM_CPU_AVX512VNNI", vnni,
            "VLLM_CPU_AVX512BF16", bf16,
            "VLLM_CPU_AMXBF16", amx);
  }

  /** The name on the command line. */
  String option() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The name of the project's wheel for this variant. */
  String packageName(String project) {
    return project + "-cpu" + (this == NOAVX512 ? "" : "-" + option());
  }

  /** The variables that tell a build which variant to make. */
  Map<String, String> variables() {
    return variables;
  }

  /**
   * Parses names separated by commas, or {@code all}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  static List<Variant> parse(String text) {
    if (text.equals("all")) {
      return List.of(values());
    }
    List<String> names = Arrays.stream(values()).map(Variant::option).toList();
    List<Variant> chosen = new ArrayList<>();
    for (String name : List.of(text.split(",", -1))) {
      if (!names.contains(name)) {
        throw new IllegalArgumentException(
            "'" + name + "' is not a variant; there are " + String.join(", ", names) + " and all");
      }
      chosen.add(values()[names.indexOf(name)]);
    }
    return chosen.stream().distinct().toList();
  }
}
