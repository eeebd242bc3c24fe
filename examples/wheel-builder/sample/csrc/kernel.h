// SPDX-License-Identifier: Apache-2.0
// What is compiled with the variant's flags. Only `dot` is code: it must not
// run before the module has looked at the CPU. The rest is read-only data.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace lowtide {

extern const char variant[];   // "avx512vnni"
extern const char features[];  // "avx2 fma avx512f …": the compiler's own word

int64_t dot(const uint8_t *a, const int8_t *b, size_t n);

}  // namespace lowtide
