// SPDX-License-Identifier: Apache-2.0
// No C++ headers here: an inline function compiled with these flags could be
// the copy the linker keeps for everybody.
#include "kernel.h"

namespace lowtide {

// Integers, so that the compiler may vectorise the sum: 32 bits wide within a
// block too short to overflow (255 * 128 * 65536 < 2^31), 64 bits across them.
int64_t dot(const uint8_t *a, const int8_t *b, size_t n) {
  constexpr size_t block = 65536;
  int64_t total = 0;
  while (n > 0) {
    const size_t length = n < block ? n : block;
    int32_t sum = 0;
    for (size_t i = 0; i < length; ++i) sum += a[i] * b[i];
    total += sum;
    a += length, b += length, n -= length;
  }
  return total;
}

}  // namespace lowtide
