package dev.lowtide.examples.wheels;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The CPU variants of a wheel, from the lowest requirements to the highest. Names, suffixes and
 * variables are those of the vLLM CPU wheels.
 */
enum Variant {
  NOAVX512("noavx512", "cpu", true, false, false, false),
  AVX512("avx512", "cpu-avx512", false, false, false, false),
  AVX512VNNI("avx512vnni", "cpu-avx512vnni", false, true, false, false),
  AVX512BF16("avx512bf16", "cpu-avx512bf16", false, true, true, false),
  AMXBF16("amxbf16", "cpu-amxbf16", false, true, true, true);

  private final String option;
  private final String suffix;
  private final ImmutableMap<String, String> variables;

  Variant(String option, String suffix, boolean noAvx512, boolean vnni, boolean bf16, boolean amx) {
    this.option = option;
    this.suffix = suffix;
    ImmutableMap.Builder<String, String> flags = ImmutableMap.builder();
    flags.put("VLLM_TARGET_DEVICE", "cpu");
    // vLLM's cmake/cpu_extension.cmake compares with the word true; the others may have any true
    // value
    flags.put("VLLM_CPU_DISABLE_AVX512", noAvx512 ? "true" : "0");
    flags.put("VLLM_CPU_AVX512VNNI", vnni ? "1" : "0");
    flags.put("VLLM_CPU_AVX512BF16", bf16 ? "1" : "0");
    flags.put("VLLM_CPU_AMXBF16", amx ? "1" : "0");
    this.variables = flags.buildOrThrow();
  }

  /** The name on the command line. */
  String option() {
    return option;
  }

  /** The name of the project's wheel for this variant. */
  String packageName(String project) {
    return project + "-" + suffix;
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
    Set<Variant> chosen = new LinkedHashSet<>();
    for (String name : text.split(",", -1)) {
      chosen.add(
          Arrays.stream(values())
              .filter(variant -> variant.option.equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "'"
                              + name
                              + "' is not a variant; there are "
                              + String.join(", ", options())
                              + " and all")));
    }
    return new ArrayList<>(chosen);
  }

  private static List<String> options() {
    return Arrays.stream(values()).map(Variant::option).toList();
  }
}
