// Row kernels and the canonical dot product, in C. All matrices are row-major; `ld*` is the distance between rows in floats.
//
// Legend: M, N, K sizes of a product; T rows; D columns of a row; every pointer is to float32 unless said.
//
// Every kernel gives the same bits on every CPU that has correctly rounded fma (in hardware or in libm): contraction is off, fma is
// written out, reductions run over 16 fixed lanes that a fixed tree joins.
#pragma once
#include <stddef.h>
#include <stdint.h>

// MARK: products

/// C[M,N] = (accumulate ? C : 0) + A[M,K] B[K,N] by the canonical dot product: for each block of at most 320 values of k, from 0
/// upwards, one fma chain in ascending k; block sums added to C in order. Each element's bits depend on its row of A and column of B only.
void ck_gemm_nn(int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const float *B, int64_t ldb, float *C, int64_t ldc,
                int accumulate);

/// The same product with B given transposed, [N,K]. Same bits as `ck_gemm_nn` on the transposed copy.
void ck_gemm_nt(int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const float *B, int64_t ldb, float *C, int64_t ldc,
                int accumulate);

/// The same with B in bfloat16: the bits of `ck_gemm_nt` on B widened to float32.
void ck_gemm_nt_bfloat16(int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const uint16_t *B, int64_t ldb, float *C,
                         int64_t ldc, int accumulate);

/// out[D,T] = in[T,D] transposed.
void ck_transpose(int64_t T, int64_t D, const float *in, int64_t ldin, float *out, int64_t ldout);

// MARK: rows

/// y[t] = x[t] * r * w with r = 1 / sqrt(mean(x[t]^2) + epsilon); r is stored in scale[t].
void ck_rms_norm(int64_t T, int64_t D, const float *x, const float *w, float epsilon, float *y, float *scale);

/// dx[t] += gradient of `ck_rms_norm`; dw[D] += sum over rows, in row order.
void ck_rms_norm_backward(int64_t T, int64_t D, const float *x, const float *w, const float *scale, const float *dy, float *dx,
                          float *dw);

/// x[t] += bias for each row.
void ck_add_bias(int64_t T, int64_t D, float *x, int64_t ldx, const float *bias);

/// sum[D] += sum of the rows of x, in row order.
void ck_column_sum(int64_t T, int64_t D, const float *x, int64_t ldx, float *sum);

/// y += x over n values.
void ck_add(int64_t n, const float *x, float *y);

/// y += a * x over n values.
void ck_axpy(int64_t n, float a, const float *x, float *y);

/// y = x, widened from bfloat16, over n values: exact.
void ck_widen(int64_t n, const uint16_t *x, float *y);

/// y = x rounded to bfloat16, to the even one of two equally close values; beyond the largest it is infinite, and NaN stays NaN.
void ck_narrow(int64_t n, const float *x, uint16_t *y);

/// y = silu(gate) * up over n values.
void ck_swiglu(int64_t n, const float *gate, const float *up, float *y);

/// Gradients of `ck_swiglu` (overwritten): dgate, dup.
void ck_swiglu_backward(int64_t n, const float *gate, const float *up, const float *dy, float *dgate, float *dup);

/// y = x * Phi(x), the exact GELU.
void ck_gelu(int64_t n, const float *x, float *y);

/// dx = dy * d GELU(x) (overwritten; may alias dy).
void ck_gelu_backward(int64_t n, const float *x, const float *dy, float *dx);

/// Rotates `heads` heads of width 2*H in each row: (a, b) -> (a c - b s, b c + a s), a in the first half of the head, b in the second.
/// cosine, sine: [T,H]. With direction -1 the inverse rotation, which is also the backward pass.
void ck_rotate(int64_t T, int64_t heads, int64_t H, float *x, int64_t ldx, const float *cosine, const float *sine, float direction);

// MARK: attention rows

/// One row of two-segment attention: scores of `prefix_count` prefix keys and `own_count` own keys, both scaled by `scale`, become
/// probabilities over their union. Values from the counts up to the padded counts are set to 0. Sums run over 16 lanes that restart
/// with each segment.
void ck_softmax_two(float *prefix, int64_t prefix_count, int64_t prefix_padded, float *own, int64_t own_count, int64_t own_padded,
                    float scale);

/// The backward pass of `ck_softmax_two`: d* hold dL/dprobability and become dL/dscore (scale included).
void ck_softmax_two_backward(const float *prefix, float *dprefix, int64_t prefix_padded, const float *own, float *down,
                             int64_t own_padded, float scale);

// MARK: token distributions

/// Log-probability of `target` under softmax(logits * inverse_temperature), and that distribution's entropy in nats. Logits of -inf
/// are outside the distribution.
float ck_log_prob(int64_t n, const float *logits, float inverse_temperature, int64_t target, float *entropy);

/// dlogits = coefficient * d log_prob(target) / d logits (overwritten).
void ck_log_prob_backward(int64_t n, const float *logits, float inverse_temperature, int64_t target, float coefficient, float *dlogits);

/// Index drawn by inverse transform: the first i whose cumulative probability exceeds uniform, which lies in [0, 1).
int64_t ck_sample(int64_t n, const float *logits, float inverse_temperature, float uniform, float *scratch);

/// Index of the largest value, the lowest among equals.
int64_t ck_argmax(int64_t n, const float *x);

// MARK: observation

/// `told` hears the name of every kernel that is called from now on, on any thread; NULL ends it.
void ck_observe(void (*told)(const char *name));
