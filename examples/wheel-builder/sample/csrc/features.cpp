// SPDX-License-Identifier: Apache-2.0
// Evidence of what this was compiled for: the compiler defines these macros
// from the flags it really got.
#include "kernel.h"

#define TEXT(x) #x
#define NAME(x) TEXT(x)

namespace lowtide {

const char variant[] = NAME(LOWTIDE_SAMPLE_VARIANT);

const char features[] = ""
#ifdef __ARM_NEON
    "neon "
#endif
#ifdef __SSE2__
    "sse2 "
#endif
#ifdef __AVX2__
    "avx2 "
#endif
#ifdef __FMA__
    "fma "
#endif
#ifdef __AVX512F__
    "avx512f "
#endif
#ifdef __AVX512BW__
    "avx512bw "
#endif
#ifdef __AVX512DQ__
    "avx512dq "
#endif
#ifdef __AVX512VL__
    "avx512vl "
#endif
#ifdef __AVX512VNNI__
    "avx512vnni "
#endif
#ifdef __AVX512BF16__
    "avx512bf16 "
#endif
#ifdef __AMX_TILE__
    "amx-tile "
#endif
#ifdef __AMX_BF16__
    "amx-bf16 "
#endif
    ;

}  // namespace lowtide
