/* Recurrent layers, attention and pooling on CPU, compiled where there is a C compiler; `library.py` calls it.
 *
 * Gates are 1 / (1 + 2^x): weights, tables and biases come already scaled (`compiled.py`). No function keeps anything, so
 * several threads may work on different texts of the same arrays.
 */

/* An empty module, so that what goes through a package and imports all of it meets no error. */
#if __has_include(<Python.h>)
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "_kernels"};
PyMODINIT_FUNC PyInit__kernels(void) { return PyModuleDef_Init(&module); }
#endif

#include <stdint.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "-ffast-math takes the rounding of 2^x away"
#endif

#define GATE -1.442695041f /* -log2(e) */

/* One direction of one layer. Arrays are row after row; B texts, T steps, H units, G gates. */
struct scan {
    const float *gates;      /* rows of the input's part of the gates, G * H of them used */
    int64_t gates_stride;    /* floats from one row to the next */
    const int64_t *picks;    /* (B, T): the row that each step reads */
    const void *weights;     /* (G * H, H) packed, see lanes.h */
    const float *bias;       /* (H,) of what the reset gate is applied to; GRU alone */
    float *states;           /* (B, T, states_stride), of which H are written */
    int64_t states_stride;
    void *scratch;           /* 3 * ROWS * H floats */
    int64_t steps, hidden, first, end; /* T, H, and the texts first <= b < end */
    int64_t backward;        /* from the last step to the first */
};

struct attention {
    const float *states;      /* (B, T, width) */
    const int64_t *lengths;   /* (B,) */
    const void *weights;      /* (dim, width) packed in blocks of two columns */
    const float *hop_weights; /* (hops, dim) */
    float *attention;         /* (B, hops, padded): what each word weighs */
    float *pooled;            /* (B, pooled_stride), of which hops * width are written */
    int64_t pooled_stride;
    void *scratch;            /* ROWS * (width + dim) floats */
    int64_t steps, padded, width, dim, hops, first, end; /* padded: T rounded up to whole vectors */
};

struct maximum {
    const float *states;    /* (B, T, width) */
    const int64_t *lengths; /* (B,) */
    float *pooled;          /* (B, pooled_stride), of which width are written */
    int64_t pooled_stride, steps, width, first, end;
};

#define JOINED(name, kind) name##_##kind

#if defined(__x86_64__)
#include <immintrin.h>

#define LANES 8
#define ROWS 4
#define LSTM_ROWS 3
#define HALF 0
#define NAME(name) JOINED(name, avx2)
#define TARGET __attribute__((target("avx2,fma")))
#include "lanes.h"

#define LANES 16
#define ROWS 4
#define LSTM_ROWS 4
#define HALF 0
#define NAME(name) JOINED(name, avx512)
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#include "lanes.h"

#if defined(__clang__) ? __clang_major__ >= 9 : __GNUC__ >= 10
#define HAS_HALF
#define LANES 16
#define ROWS 4
#define LSTM_ROWS 4
#define HALF 1
#define NAME(name) JOINED(name, bf16)
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,fma")))
#include "lanes.h"
#endif

/* What this processor can do: 0 none of it, 1 AVX2, 2 AVX-512, 3 AVX-512 and bfloat16. */
int kinds(void) {
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
    const char wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    if (!wide) return 1;
#ifdef HAS_HALF
    if (__builtin_cpu_supports("avx512bf16")) return 3;
#endif
    return 2;
}

#ifdef HAS_HALF
#define HALF_OF(name) JOINED(name, bf16)
#else
#define HALF_OF(name) JOINED(name, avx512)
#endif
#define FOR_ALL(name, type)                          \
    void name(const struct type *work, int kind) {   \
        if (kind == 3) HALF_OF(name)(work);          \
        else if (kind == 2) JOINED(name, avx512)(work); \
        else JOINED(name, avx2)(work);               \
    }
FOR_ALL(gru, scan)
FOR_ALL(lstm, scan)
FOR_ALL(attend, attention)
FOR_ALL(highest, maximum)

#else
int kinds(void) { return 0; }
#endif

/* Who calls must know this version: it says how the structures lie and what they mean. */
int version(void) { return 3; }
