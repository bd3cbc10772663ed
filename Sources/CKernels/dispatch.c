// Chooses among the compiled kernels by what this CPU can do. All of them give the same bits.
#include "include/kernels.h"

// Told of each call by the kernel's name, where somebody wants to know which kernels a computation runs; usually nobody does.
static void (*observer)(const char *name) = NULL;

void ck_observe(void (*told)(const char *name)) { __atomic_store_n(&observer, told, __ATOMIC_RELEASE); }

static inline void note(const char *name) {
    void (*told)(const char *) = __atomic_load_n(&observer, __ATOMIC_RELAXED);
    if (__builtin_expect(told != NULL, 0)) told(name);
}

#if defined(__x86_64__) && defined(__linux__)
enum { LEVEL_ANY = 1, LEVEL_V3 = 2, LEVEL_V4 = 3 };

static int level(void) {
    static int known = 0;  // a race writes the same value twice
    int value = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (value == 0) {
        value = __builtin_cpu_supports("x86-64-v4") ? LEVEL_V4 : __builtin_cpu_supports("x86-64-v3") ? LEVEL_V3 : LEVEL_ANY;
        __atomic_store_n(&known, value, __ATOMIC_RELAXED);
    }
    return value;
}

#define CHOOSE(name, ...)                              \
    note(#name);                                       \
    switch (level()) {                                 \
        case LEVEL_V4: return name##_v4(__VA_ARGS__);  \
        case LEVEL_V3: return name##_v3(__VA_ARGS__);  \
        default: return name##_any(__VA_ARGS__);       \
    }
#define DECLARE(type, name, ...) \
    type name##_v4(__VA_ARGS__); \
    type name##_v3(__VA_ARGS__); \
    type name##_any(__VA_ARGS__);
#else
#define CHOOSE(name, ...) \
    note(#name);          \
    return name##_any(__VA_ARGS__);
#define DECLARE(type, name, ...) type name##_any(__VA_ARGS__);
#endif

DECLARE(void, ck_gemm_nn, int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const float *B, int64_t ldb, float *C, int64_t ldc, int accumulate)
void ck_gemm_nn(int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const float *B, int64_t ldb, float *C, int64_t ldc, int accumulate) { CHOOSE(ck_gemm_nn, M, N, K, A, lda, B, ldb, C, ldc, accumulate) }

DECLARE(void, ck_gemm_nt, int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const float *B, int64_t ldb, float *C, int64_t ldc, int accumulate)
void ck_gemm_nt(int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const float *B, int64_t ldb, float *C, int64_t ldc, int accumulate) { CHOOSE(ck_gemm_nt, M, N, K, A, lda, B, ldb, C, ldc, accumulate) }

DECLARE(void, ck_gemm_nt_bfloat16, int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const uint16_t *B, int64_t ldb, float *C, int64_t ldc, int accumulate)
void ck_gemm_nt_bfloat16(int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const uint16_t *B, int64_t ldb, float *C, int64_t ldc, int accumulate) { CHOOSE(ck_gemm_nt_bfloat16, M, N, K, A, lda, B, ldb, C, ldc, accumulate) }

DECLARE(void, ck_transpose, int64_t T, int64_t D, const float *in, int64_t ldin, float *out, int64_t ldout)
void ck_transpose(int64_t T, int64_t D, const float *in, int64_t ldin, float *out, int64_t ldout) { CHOOSE(ck_transpose, T, D, in, ldin, out, ldout) }

DECLARE(void, ck_rms_norm, int64_t T, int64_t D, const float *x, const float *w, float epsilon, float *y, float *scale)
void ck_rms_norm(int64_t T, int64_t D, const float *x, const float *w, float epsilon, float *y, float *scale) { CHOOSE(ck_rms_norm, T, D, x, w, epsilon, y, scale) }

DECLARE(void, ck_rms_norm_backward, int64_t T, int64_t D, const float *x, const float *w, const float *scale, const float *dy, float *dx, float *dw)
void ck_rms_norm_backward(int64_t T, int64_t D, const float *x, const float *w, const float *scale, const float *dy, float *dx, float *dw) { CHOOSE(ck_rms_norm_backward, T, D, x, w, scale, dy, dx, dw) }

DECLARE(void, ck_add_bias, int64_t T, int64_t D, float *x, int64_t ldx, const float *bias)
void ck_add_bias(int64_t T, int64_t D, float *x, int64_t ldx, const float *bias) { CHOOSE(ck_add_bias, T, D, x, ldx, bias) }

DECLARE(void, ck_column_sum, int64_t T, int64_t D, const float *x, int64_t ldx, float *sum)
void ck_column_sum(int64_t T, int64_t D, const float *x, int64_t ldx, float *sum) { CHOOSE(ck_column_sum, T, D, x, ldx, sum) }

DECLARE(void, ck_add, int64_t n, const float *x, float *y)
void ck_add(int64_t n, const float *x, float *y) { CHOOSE(ck_add, n, x, y) }

DECLARE(void, ck_axpy, int64_t n, float a, const float *x, float *y)
void ck_axpy(int64_t n, float a, const float *x, float *y) { CHOOSE(ck_axpy, n, a, x, y) }

DECLARE(void, ck_widen, int64_t n, const uint16_t *x, float *y)
void ck_widen(int64_t n, const uint16_t *x, float *y) { CHOOSE(ck_widen, n, x, y) }

DECLARE(void, ck_narrow, int64_t n, const float *x, uint16_t *y)
void ck_narrow(int64_t n, const float *x, uint16_t *y) { CHOOSE(ck_narrow, n, x, y) }

DECLARE(void, ck_swiglu, int64_t n, const float *gate, const float *up, float *y)
void ck_swiglu(int64_t n, const float *gate, const float *up, float *y) { CHOOSE(ck_swiglu, n, gate, up, y) }

DECLARE(void, ck_swiglu_backward, int64_t n, const float *gate, const float *up, const float *dy, float *dgate, float *dup)
void ck_swiglu_backward(int64_t n, const float *gate, const float *up, const float *dy, float *dgate, float *dup) { CHOOSE(ck_swiglu_backward, n, gate, up, dy, dgate, dup) }

DECLARE(void, ck_gelu, int64_t n, const float *x, float *y)
void ck_gelu(int64_t n, const float *x, float *y) { CHOOSE(ck_gelu, n, x, y) }

DECLARE(void, ck_gelu_backward, int64_t n, const float *x, const float *dy, float *dx)
void ck_gelu_backward(int64_t n, const float *x, const float *dy, float *dx) { CHOOSE(ck_gelu_backward, n, x, dy, dx) }

DECLARE(void, ck_rotate, int64_t T, int64_t heads, int64_t H, float *x, int64_t ldx, const float *cosine, const float *sine, float direction)
void ck_rotate(int64_t T, int64_t heads, int64_t H, float *x, int64_t ldx, const float *cosine, const float *sine, float direction) { CHOOSE(ck_rotate, T, heads, H, x, ldx, cosine, sine, direction) }

DECLARE(void, ck_softmax_two, float *prefix, int64_t prefix_count, int64_t prefix_padded, float *own, int64_t own_count, int64_t own_padded, float scale)
void ck_softmax_two(float *prefix, int64_t prefix_count, int64_t prefix_padded, float *own, int64_t own_count, int64_t own_padded, float scale) { CHOOSE(ck_softmax_two, prefix, prefix_count, prefix_padded, own, own_count, own_padded, scale) }

DECLARE(void, ck_softmax_two_backward, const float *prefix, float *dprefix, int64_t prefix_padded, const float *own, float *down, int64_t own_padded, float scale)
void ck_softmax_two_backward(const float *prefix, float *dprefix, int64_t prefix_padded, const float *own, float *down, int64_t own_padded, float scale) { CHOOSE(ck_softmax_two_backward, prefix, dprefix, prefix_padded, own, down, own_padded, scale) }

DECLARE(float, ck_log_prob, int64_t n, const float *logits, float inverse_temperature, int64_t target, float *entropy)
float ck_log_prob(int64_t n, const float *logits, float inverse_temperature, int64_t target, float *entropy) { CHOOSE(ck_log_prob, n, logits, inverse_temperature, target, entropy) }

DECLARE(void, ck_log_prob_backward, int64_t n, const float *logits, float inverse_temperature, int64_t target, float coefficient, float *dlogits)
void ck_log_prob_backward(int64_t n, const float *logits, float inverse_temperature, int64_t target, float coefficient, float *dlogits) { CHOOSE(ck_log_prob_backward, n, logits, inverse_temperature, target, coefficient, dlogits) }

DECLARE(int64_t, ck_sample, int64_t n, const float *logits, float inverse_temperature, float uniform, float *scratch)
int64_t ck_sample(int64_t n, const float *logits, float inverse_temperature, float uniform, float *scratch) { CHOOSE(ck_sample, n, logits, inverse_temperature, uniform, scratch) }

DECLARE(int64_t, ck_argmax, int64_t n, const float *x)
int64_t ck_argmax(int64_t n, const float *x) { CHOOSE(ck_argmax, n, x) }
